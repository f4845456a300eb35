package io.tidemark.postgres.stream;

import io.tidemark.postgres.Lsn;
import io.tidemark.postgres.change.Begin;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.ChangeVisitor;
import io.tidemark.postgres.change.Commit;
import io.tidemark.postgres.change.Ddl;
import io.tidemark.postgres.change.DumpEnd;
import io.tidemark.postgres.change.LogicalMessage;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.change.SchemaChange;
import io.tidemark.postgres.change.Truncate;
import io.tidemark.postgres.ddl.DdlMessage;
import io.tidemark.postgres.pgoutput.PgOutputDecoder;
import io.tidemark.postgres.pgoutput.PgOutputException;
import io.tidemark.postgres.pgoutput.PgOutputMessage;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the fetcher's thread does with an open connection: read, decode, hand over, answer.
 *
 * <p>Reads do not block: {@link ReplicationConnection#read} waits a millisecond for the first byte
 * at most, and the rest of a message is on its way. The loop does not sleep between reads to gather
 * several messages in one, though each comes in a packet of its own and wakes it: on a busy machine
 * that blocked the walsender, which is the limit, for a third of its time.
 */
final class StreamLoop {
  private static final Logger LOG = LoggerFactory.getLogger(StreamLoop.class);

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  /** Of XLogData: kind, start LSN, end LSN, server time. */
  private static final int DATA_HEADER = 25;

  /** Of a keepalive: kind, WAL end, server time, whether to reply. */
  private static final int KEEPALIVE_BYTES = 18;

  /** A batch is handed over when it is this old, though more of its last transaction comes. */
  private static final long BATCH_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  /**
   * After a batch, ends of transactions are gathered for {@link #CHANGE_NANOS} times the number of
   * its changes, and for this time at most. So they are handed over at once as long as there are
   * fewer than 20,000 changes a second.
   */
  private static final long MAX_GATHER_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  private static final long CHANGE_NANOS = TimeUnit.MICROSECONDS.toNanos(50);

  private static final long HEARTBEAT_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** Heartbeats because the WAL grew, and answers to the server, come no faster than this. */
  private static final long ANSWER_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  /** pgjdbc's reads that do not block take a closed connection for silence: only writes tell. */
  private static final long STATUS_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** After such a silence reads are spaced. */
  private static final long QUIET_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private static final long QUIET_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);
  private static final Duration FULL_QUEUE_POLL = Duration.ofMillis(50);
  private static final long INVISIBLE_POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  /** A commit that nobody sees for this time is worth a word, each time. */
  private static final long INVISIBLE_WORD_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final StreamOptions options;
  private final SchemaResolver resolver;
  private final BatchQueue queue;
  private final StreamFetcher.Feedback feedback;
  private final PublicationGuard publication;
  private final ReplicationConnection connection;
  private final PgOutputDecoder decoder = new PgOutputDecoder();
  private final TransactionAssembler assembler;
  private final TransactionAssembler.Sink gathered = this::add;
  private final Progress progress = new Progress();
  private final long statusNanos;

  private StreamBatch batch = new StreamBatch();
  private long batchSince;

  /** Every transaction that ends at or before this has been batched. */
  private long streamed;

  private long received;
  private long flushedSent;
  private boolean replyDue;
  private boolean heartbeatDue = true;
  private long lastStatus;
  private long lastHandOver;

  /** Ends of transactions are not to be handed over before. */
  private long gatherUntil;

  private long silentSince;
  private BooleanSupplier closed;

  StreamLoop(
      StreamOptions options,
      StreamPosition position,
      SchemaResolver resolver,
      TransactionAssembler assembler,
      BatchQueue queue,
      StreamFetcher.Feedback feedback,
      PublicationGuard publication,
      ReplicationConnection connection) {
    this.options = options;
    this.resolver = resolver;
    this.queue = queue;
    this.feedback = feedback;
    this.publication = publication;
    this.connection = connection;
    this.assembler = assembler;
    this.streamed = position.lsn();
    this.received = position.lsn();
    long senderTimeout = connection.senderTimeout().toNanos();
    // Neither side is to miss the other one.
    long status = Math.min(STATUS_NANOS, options.receiveTimeout().toNanos() / 4);
    this.statusNanos = senderTimeout > 0 ? Math.min(status, senderTimeout / 4) : status;
  }

  /** Runs until closed, or until something fails. */
  void run(BooleanSupplier until) throws SQLException, IOException, InterruptedException {
    closed = until;
    long now = System.nanoTime();
    lastHandOver = now - HEARTBEAT_NANOS;
    gatherUntil = now;
    lastStatus = now;
    silentSince = now;
    while (!closed.getAsBoolean()) {
      byte[] message = connection.read();
      now = System.nanoTime();
      if (message == null) {
        idle(now);
      } else {
        silentSince = now;
        receive(message, now);
        answer(now);
      }
    }
  }

  private void receive(byte[] message, long now)
      throws SQLException, IOException, InterruptedException {
    if (message[0] == 'w' && message.length > DATA_HEADER) {
      long lsn = (long) LONG.get(message, 1);
      received = Lsn.max(received, lsn);
      if (PgOutputDecoder.isOfRollback(message, DATA_HEADER)) {
        return;
      }
      if (batch.size() == 0) {
        batchSince = now;
      }
      PgOutputMessage decoded = decoder.decode(message, DATA_HEADER, lsn);
      String asked = asked(decoded);
      if (asked != null && !awaitVisible(asked)) {
        return;
      }
      assembler.accept(decoded, lsn, gathered);
      batch.addBytes(message.length);
      if (isDue(now)) {
        handOver(now);
      }
    } else if (message[0] == 'k' && message.length == KEEPALIVE_BYTES) {
      keepalive((long) LONG.get(message, 1), message[KEEPALIVE_BYTES - 1] != 0);
    } else {
      throw PgOutputException.unexpected(
          received,
          "replication",
          "%d bytes of kind %d are neither data nor a keepalive"
              .formatted(message.length, message[0]));
    }
  }

  /** What the catalog has to be asked for because of a message; null if for nothing. */
  private static String asked(PgOutputMessage message) {
    if (message instanceof PgOutputMessage.Relation relation) {
      return "the columns of table " + relation.namespace() + "." + relation.name();
    }
    boolean ddl =
        message instanceof PgOutputMessage.Message written
            && written.transactional()
            && written.prefix().equals(DdlMessage.PREFIX);
    return ddl ? "the columns of tables that a DDL statement changed" : null;
  }

  /**
   * Waits until the catalog is of after the transaction; meanwhile what came before it goes on, and
   * the server is answered.
   *
   * @param asked what it is asked for
   * @return false if the stream is closed meanwhile
   */
  private boolean awaitVisible(String asked)
      throws SQLException, IOException, InterruptedException {
    int xid = assembler.xid();
    long word = System.nanoTime() + INVISIBLE_WORD_NANOS;
    while (!resolver.sees(xid)) {
      if (closed.getAsBoolean()) {
        return false;
      }
      long now = System.nanoTime();
      if (now - word > 0) {
        LOG.warn(
            "Transaction {} is committed, but the primary shows it to nobody yet, as while it waits"
                + " for a synchronous standby. The stream waits for it: {} cannot be read before",
            Integer.toUnsignedString(xid),
            asked);
        word = now + INVISIBLE_WORD_NANOS;
      }
      // While we do not read, the server is not silent.
      silentSince = now;
      idle(now);
      LockSupport.parkNanos(INVISIBLE_POLL_NANOS);
    }
    return true;
  }

  private boolean isDue(long now) {
    if (batch.size() == 0) {
      return false;
    }
    boolean full = batch.size() >= options.batchChanges() || batch.bytes() >= options.batchBytes();
    boolean ends = !assembler.inTransaction() && now - gatherUntil >= 0;
    return full || ends || now - batchSince > BATCH_NANOS;
  }

  private void add(Change change, long lsn) {
    batch.add(change, lsn);
    change.accept(progress);
  }

  /** Notes what the server has sent to its end: a transaction, at its commit. */
  private final class Progress implements ChangeVisitor<Void, RuntimeException> {
    @Override
    public Void commit(Commit commit) {
      streamed = Lsn.max(streamed, commit.endLsn());
      return null;
    }

    @Override
    public Void row(RowChange row) {
      return null;
    }

    @Override
    public Void begin(Begin begin) {
      return null;
    }

    @Override
    public Void truncate(Truncate truncate) {
      return null;
    }

    @Override
    public Void message(LogicalMessage message) {
      return null;
    }

    @Override
    public Void dumpEnd(DumpEnd end) {
      throw new IllegalStateException("the server's stream has no " + end);
    }

    @Override
    public Void ddl(Ddl ddl) {
      return null;
    }

    @Override
    public Void schemaChange(SchemaChange change) {
      return null;
    }
  }

  /**
   * The WAL end in a keepalive is the end of the last record that the server has decoded: all
   * transactions that end there or before were sent. While one is being sent it says nothing new.
   */
  private void keepalive(long walEnd, boolean reply) {
    received = Lsn.max(received, walEnd);
    replyDue |= reply;
    if (!assembler.inTransaction() && Lsn.compare(walEnd, streamed) > 0) {
      streamed = walEnd;
      heartbeatDue = true;
    }
  }

  /** Nothing more came for a moment. */
  private void idle(long now) throws SQLException, IOException, InterruptedException {
    if (!connection.isActive()) {
      throw new IOException("the server has ended the stream");
    }
    if (batch.size() > 0) {
      handOver(now);
    } else if (!assembler.inTransaction() && streamed != 0) {
      long since = now - lastHandOver;
      if (since >= HEARTBEAT_NANOS || (heartbeatDue && since >= ANSWER_NANOS)) {
        handOver(now);
      }
    }
    answer(now);
    long silence = now - silentSince;
    if (silence > options.receiveTimeout().toNanos()) {
      throw new IOException(
          "the server has sent nothing for %d s, although asked for an answer"
              .formatted(TimeUnit.NANOSECONDS.toSeconds(silence)));
    }
    if (silence > QUIET_NANOS) {
      LockSupport.parkNanos(QUIET_PAUSE_NANOS);
    }
  }

  /** Tells the server what it should know by now. */
  private void answer(long now) throws SQLException, IOException {
    long since = now - lastStatus;
    if (since < ANSWER_NANOS) {
      return;
    }
    long flushed = feedback.acknowledged();
    boolean requested = feedback.isRequested();
    if (replyDue || requested || flushed != flushedSent || since >= statusNanos) {
      if (flushed != flushedSent) {
        publication.check();
      }
      feedback.requestSent();
      // A server that has nothing to say is asked now and then, to notice when it is gone.
      connection.sendStatus(received, flushed, requested || since >= statusNanos);
      heartbeatDue |= requested;
      replyDue = false;
      flushedSent = flushed;
      lastStatus = now;
    }
  }

  private void handOver(long now) throws SQLException, IOException, InterruptedException {
    if (!assembler.inTransaction()) {
      batch.heartbeat(streamed);
      heartbeatDue = false;
    }
    while (!queue.offer(batch, FULL_QUEUE_POLL)) {
      // While we do not read, the server is not silent.
      silentSince = System.nanoTime();
      answer(silentSince);
    }
    gatherUntil = now + Math.min(MAX_GATHER_NANOS, batch.size() * CHANGE_NANOS);
    batch = new StreamBatch();
    lastHandOver = now;
  }
}
