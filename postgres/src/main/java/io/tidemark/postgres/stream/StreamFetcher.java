package io.tidemark.postgres.stream;

import io.tidemark.postgres.Lsn;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.setup.RefusedException;
import java.io.IOException;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Reads a slot's stream on a thread of its own and hands its changes over in batches.
 *
 * <ol>
 *   <li>{@link #start} starts the thread; it connects, waits for the slot where another connection
 *       still holds it, and checks that slot and server are those of the position.
 *   <li>The thread decodes what comes into batches and queues them. With the queue full it stops
 *       reading, but goes on answering, so that the server does not end the stream.
 *   <li>The reader's thread polls. {@link #available} tells it when.
 *   <li>{@link #acknowledge} alone moves the slot: nothing that was merely read is ever confirmed.
 *   <li>{@link #close} ends the connection. The slot stays.
 * </ol>
 *
 * <p>A failure ends the thread and comes out of {@link #poll}, after all batches before it.
 */
public final class StreamFetcher implements StreamFeed {
  private static final long CLOSE_MILLIS = 2_000;

  private final StreamOptions options;
  private final StreamPosition position;
  private final List<TableSchema> known;
  private final SchemaResolver resolver;
  private final BatchQueue queue;
  private final Feedback feedback = new Feedback();
  private final Thread thread;

  private volatile ReplicationConnection connection;
  private volatile boolean closed;

  private StreamFetcher(
      StreamOptions options,
      StreamPosition position,
      List<TableSchema> known,
      SchemaResolver resolver) {
    this.options = options;
    this.position = position;
    this.known = List.copyOf(known);
    this.resolver = resolver;
    this.queue = new BatchQueue(options.queueBytes());
    this.thread = new Thread(this::run, "tidemark-stream-" + options.slot());
    thread.setDaemon(true);
  }

  /**
   * Starts to stream. Returns at once: what goes wrong comes out of {@link #poll}.
   *
   * @param position where to go on
   * @param known tables as they were there
   * @param resolver called by the fetcher's thread alone, and closed after it
   */
  public static StreamFetcher start(
      StreamOptions options,
      StreamPosition position,
      List<TableSchema> known,
      SchemaResolver resolver) {
    StreamFetcher fetcher = new StreamFetcher(options, position, known, resolver);
    fetcher.thread.start();
    return fetcher;
  }

  @Override
  public StreamBatch poll() throws IOException {
    try {
      return queue.poll();
    } catch (BatchQueue.FetchFailure e) {
      Throwable cause = e.getCause();
      String message =
          "the replication stream of slot %s at %s failed: %s"
              .formatted(options.slot(), options.primary(), cause.getMessage());
      if (cause instanceof RefusedException) {
        throw new RefusedException(message, cause);
      }
      throw new IOException(message, cause);
    }
  }

  @Override
  public CompletableFuture<Void> available() {
    return queue.available();
  }

  /** Takes effect within milliseconds. */
  @Override
  public void acknowledge(long lsn) {
    feedback.acknowledge(lsn);
    LockSupport.unpark(thread);
  }

  @Override
  public void requestHeartbeat() {
    feedback.request();
    LockSupport.unpark(thread);
  }

  /** Ends the stream, blocked or not. Returns when the thread has ended, or after two seconds. */
  @Override
  public void close() {
    closed = true;
    queue.close();
    LockSupport.unpark(thread);
    join();
    ReplicationConnection open = connection;
    if (thread.isAlive() && open != null) {
      open.abort();
      join();
    }
    resolver.close();
  }

  private void join() {
    try {
      thread.join(CLOSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    try (PublicationGuard guard =
        new PublicationGuard(options.primary(), options.publication(), options.publicationOid())) {
      guard.check();
      stream(guard);
    } catch (InterruptedException e) {
      queue.fail(new IOException("the fetcher's thread was interrupted", e));
    } catch (Throwable e) {
      queue.fail(e);
    }
  }

  private void stream(PublicationGuard guard)
      throws SQLException, IOException, InterruptedException {
    try (ReplicationConnection opened = open()) {
      if (opened != null) {
        // The field keeps the connection reachable: pgjdbc closes one that is garbage-collected.
        connection = opened;
        TransactionAssembler assembler = new TransactionAssembler(resolver, position, known);
        new StreamLoop(options, position, resolver, assembler, queue, feedback, guard, opened)
            .run(() -> closed);
      }
    }
  }

  /** Connects; null if closed meanwhile. While another connection has the slot, tries again. */
  private ReplicationConnection open() throws SQLException, IOException {
    long deadline = System.nanoTime() + options.slotWait().toNanos();
    while (!closed) {
      try {
        return ReplicationConnection.open(options, position);
      } catch (RefusedException e) {
        if (!e.mayPass() || System.nanoTime() - deadline > 0) {
          throw e;
        }
      } catch (SQLException e) {
        // Another connection took the slot after the check.
        if (!"55006".equals(e.getSQLState()) || System.nanoTime() - deadline > 0) {
          throw e;
        }
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200));
    }
    return null;
  }

  /** What the reader's thread wants the server told. */
  static final class Feedback {
    private volatile long acknowledged;
    private volatile boolean requested;

    private synchronized void acknowledge(long lsn) {
      acknowledged = Lsn.max(acknowledged, lsn);
    }

    private void request() {
      requested = true;
    }

    long acknowledged() {
      return acknowledged;
    }

    boolean isRequested() {
      return requested;
    }

    void requestSent() {
      requested = false;
    }
  }
}
