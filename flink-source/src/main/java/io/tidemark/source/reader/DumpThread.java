package io.tidemark.source.reader;

import io.tidemark.dump.chunk.ChunkRequest;
import io.tidemark.dump.chunk.ChunkResult;
import io.tidemark.dump.chunk.ChunkSession;
import io.tidemark.dump.chunk.ChunkSizer;
import io.tidemark.dump.chunk.DumpException;
import io.tidemark.dump.chunk.DumpFailure;
import io.tidemark.dump.chunk.DumpSource;
import io.tidemark.dump.chunk.PlanStaleException;
import io.tidemark.dump.chunk.ReplicaChoice;
import io.tidemark.dump.chunk.VisibilityCheck;
import io.tidemark.dump.plan.PageRange;
import io.tidemark.postgres.catalog.PhysicalTable;
import io.tidemark.postgres.catalog.TableSize;
import io.tidemark.source.reader.DumpScheduler.Grant;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads dump splits, chunk after chunk, over one connection at a time. A failing replica costs a
 * chunk: it is announced as failed and read again, elsewhere if there is another.
 */
final class DumpThread extends Thread implements ReaderParts.DumpWorker {
  private static final Logger LOG = LoggerFactory.getLogger(DumpThread.class);

  /** How often a replica is asked again how far it has replayed. */
  private static final long REPLAY_POLL_MILLIS = 20;

  private final DumpScheduler scheduler;
  private final DumpQueue queue;
  private final Sources sources;
  private volatile ChunkSession session;
  private int replica = -1;

  /** How large chunks of the table read last should be: learned once, not for each split. */
  private ChunkSizer sizer;

  private PhysicalTable sized;
  private volatile boolean closed;

  /**
   * Where to read.
   *
   * @param servers the dump sources
   * @param choice which of them to use; shared by the reader's threads
   * @param visibility for a primary
   * @param chunkBytes what a chunk should hold
   * @param lanes how many lanes rows are spread over
   */
  record Sources(
      List<DumpSource> servers,
      ReplicaChoice choice,
      VisibilityCheck visibility,
      long chunkBytes,
      int lanes) {}

  DumpThread(String name, DumpScheduler scheduler, DumpQueue queue, Sources sources) {
    super(name);
    setDaemon(true);
    this.scheduler = scheduler;
    this.queue = queue;
    this.sources = sources;
  }

  @Override
  public void run() {
    try {
      for (DumpWork work = scheduler.take(); work != null; work = scheduler.take()) {
        read(work);
        scheduler.release(work);
      }
    } catch (InterruptedException e) {
      if (!closed) {
        LOG.warn("A dump thread was interrupted from outside; its splits wait for a restart");
      }
    } catch (Exception | Error e) {
      fatal(e);
    } finally {
      disconnect();
    }
  }

  private void fatal(Throwable e) {
    if (closed) {
      return;
    }
    Exception cause = e instanceof Exception exception ? exception : new RuntimeException(e);
    try {
      queue.put(new DumpQueue.Item.Fatal(null, cause));
    } catch (InterruptedException interrupted) {
      interrupt();
    }
  }

  private void read(DumpWork work) throws Exception {
    if (!work.split.table().equals(sized)) {
      sized = work.split.table();
      sizer = new ChunkSizer(new TableSize(0, 0), sources.chunkBytes());
    }
    while (scheduler.isOpen(work)) {
      Grant grant = null;
      try {
        if (connect()) {
          grant = scheduler.grant(work, session.replayLsn(), sizer.pages());
          if (grant == null) {
            scheduler.await(REPLAY_POLL_MILLIS);
          } else {
            read(grant);
          }
        }
      } catch (DumpException e) {
        failed(grant, e);
      }
    }
  }

  private void read(Grant grant) throws Exception {
    RowBatches batches = new RowBatches(grant, queue, sources.lanes());
    ChunkRequest request =
        new ChunkRequest(
            grant.work().split.table(),
            grant.work().split.chunk(grant.from(), grant.to()),
            grant.mark().lsn(),
            sources.visibility(),
            grant.work().split.isByKey() ? Long.MAX_VALUE : sizer.maxBytes());
    ChunkResult result = session.read(request, batches);
    batches.flush();
    long to = grant.to();
    long pages = 0;
    if (!grant.work().split.isByKey()) {
      PageRange range = new PageRange(grant.from(), to);
      pages = Math.max(0, Math.min(to, result.tablePages()) - grant.from());
      sizer.read(pages, result.bytes());
      if (result.reachedEnd(range)) {
        // Also of a range with an upper end: a request may name pages far beyond the table's.
        to = grant.work().split.endPage();
        scheduler.reachedEnd(grant);
      }
    }
    sources.choice().succeeded(replica);
    queue.put(new DumpQueue.Item.End(grant, to, result.high(), pages));
  }

  private void failed(Grant grant, DumpException e) throws Exception {
    if (closed) {
      return;
    }
    boolean denied = e.failure() == DumpFailure.DENIED;
    if (grant != null && (denied || e instanceof PlanStaleException)) {
      queue.put(
          denied
              ? new DumpQueue.Item.Denied(grant, e.getMessage())
              : new DumpQueue.Item.Stale(grant, e.getMessage()));
      // The split goes away with its dump; until then nothing of it is worth reading.
      while (scheduler.isOpen(grant.work())) {
        scheduler.await(REPLAY_POLL_MILLIS);
      }
      LOG.debug("Gave up reading: {}", e.getMessage());
      return;
    }
    if (grant != null) {
      scheduler.failed(grant);
      queue.put(new DumpQueue.Item.Failed(grant));
    }
    if (!e.failure().isRetryable() && !othersMay(grant, e.failure())) {
      throw e;
    }
    if (e.failure() == DumpFailure.TOO_LARGE) {
      LOG.debug("A chunk is read again with fewer pages: {}", e.getMessage());
      sizer.exceeded();
      return;
    }
    LOG.warn(
        "{}: {}",
        grant == null ? "A dump source failed" : "A chunk failed and is read again",
        e.getMessage());
    if (e.failure() == DumpFailure.CONFLICT) {
      sizer.conflicted();
    } else if (e.failure() != DumpFailure.NOT_YET_VISIBLE) {
      if (replica >= 0) {
        sources.choice().failed(replica);
      }
      disconnect();
    }
    scheduler.await(REPLAY_POLL_MILLIS);
  }

  /** Whether another server may do what this one does not: it is about the server, not the rows. */
  private boolean othersMay(Grant grant, DumpFailure failure) {
    return sources.servers().size() > 1
        && (failure == DumpFailure.WRONG_SERVER
            || (grant == null
                && (failure == DumpFailure.REFUSED || failure == DumpFailure.DENIED)));
  }

  /** Connects unless connected; false if it should be tried again. */
  private boolean connect() throws Exception {
    if (session != null && session.isOpen() && !sources.choice().isOvercrowded(replica)) {
      return true;
    }
    disconnect();
    OptionalInt chosen = sources.choice().acquire();
    if (chosen.isEmpty() || scheduler.expected() == null) {
      chosen.ifPresent(sources.choice()::release);
      long millis = TimeUnit.NANOSECONDS.toMillis(sources.choice().waitNanos());
      scheduler.await(Math.max(REPLAY_POLL_MILLIS, Math.min(millis, 1_000)));
      return false;
    }
    replica = chosen.getAsInt();
    session = ChunkSession.open(sources.servers().get(replica), scheduler.expected());
    return true;
  }

  private void disconnect() {
    if (session != null) {
      session.close();
      session = null;
    }
    if (replica >= 0) {
      sources.choice().release(replica);
      replica = -1;
    }
  }

  @Override
  public void close() {
    closed = true;
    ChunkSession open = session;
    if (open != null) {
      open.close();
    }
    interrupt();
  }
}
