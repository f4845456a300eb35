package io.tidemark.source.reader;

import io.tidemark.dump.chunk.ChunkResult;
import io.tidemark.dump.chunk.VisibilityCheck;
import io.tidemark.dump.plan.PageRange;
import io.tidemark.postgres.KeyExtractor;
import io.tidemark.postgres.RowKey;
import io.tidemark.postgres.SnapshotXids;
import io.tidemark.postgres.Tuple;
import io.tidemark.source.reader.DumpScheduler.Grant;
import io.tidemark.source.simulation.Coverage.Case;
import io.tidemark.source.simulation.DumpSite;
import io.tidemark.source.simulation.SimulatedTable;
import io.tidemark.source.split.DumpSplit;
import io.tidemark.source.split.Splits;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.OptionalLong;
import java.util.Set;

/**
 * What a dump thread does, in steps, on a simulated server: asks how far it has replayed and for
 * leave, takes a snapshot, compares the plan, sends rows, ends the chunk, or fails.
 */
final class SimulatedWorker implements ReaderParts.DumpWorker {
  private final SimulatedParts.World world;
  private final DumpScheduler scheduler;
  private final DumpQueue queue;
  private final VisibilityCheck visibility;
  private DumpWork work;
  private DumpSite site;
  private Grant grant;
  private boolean stale;

  /** The rows of the snapshot that were not sent yet; null before it is taken. */
  private Deque<byte[]> rows;

  private RowBatches batches;
  private DumpSite.Progress atSnapshot;
  private int pages;
  private boolean closed;

  SimulatedWorker(
      SimulatedParts.World world,
      DumpScheduler scheduler,
      DumpQueue queue,
      VisibilityCheck visibility) {
    this.world = world;
    this.scheduler = scheduler;
    this.queue = queue;
    this.visibility = visibility;
  }

  @Override
  public void close() {
    closed = true;
  }

  void step() {
    if (closed || queue.bytes() >= world.settings().queueBytes()) {
      return;
    }
    try {
      if (work == null) {
        work = scheduler.poll();
      } else if (grant != null && !stale) {
        read();
      } else if (!scheduler.isOpen(work)) {
        scheduler.release(work);
        work = null;
        grant = null;
        stale = false;
      } else if (!stale) {
        ask();
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private void ask() {
    site = world.sites().get(world.choices().below(world.sites().size()));
    grant = scheduler.grant(work, site.replayLsn(), 1 + world.choices().below(3));
    rows = null;
  }

  private void read() throws InterruptedException {
    if (world.choices().oneIn(25)) {
      fail();
    } else if (rows == null) {
      snapshot();
    } else if (!rows.isEmpty()) {
      for (int left = 1 + world.choices().below(4); left > 0 && !rows.isEmpty(); left--) {
        batches.row(rows.poll());
      }
      batches.flush();
    } else {
      end();
    }
  }

  private void fail() throws InterruptedException {
    world.coverage().hit(Case.FAILED_CHUNKS);
    scheduler.failed(grant);
    queue.put(new DumpQueue.Item.Failed(grant));
    grant = null;
  }

  private void snapshot() throws InterruptedException {
    DumpSplit split = work.split;
    SimulatedTable table = site.table(split.table().name());
    SnapshotXids xids = SimulatedParts.xids(site);
    if (table == null || !table.isAs(split.table())) {
      world.coverage().hit(Case.STALE_PLANS);
      queue.put(new DumpQueue.Item.Stale(grant, "it is another table"));
      stale = true;
      return;
    }
    if (xids != null && !visibility.counts(xids)) {
      scheduler.failed(grant);
      queue.put(new DumpQueue.Item.Failed(grant));
      grant = null;
      return;
    }
    atSnapshot = site.progress();
    pages = table.pages();
    rows = new ArrayDeque<>();
    Set<RowKey> keys = new HashSet<>(Splits.keys(split));
    KeyExtractor extractor = new KeyExtractor(split.table().schema());
    table
        .rows()
        .forEach(
            (key, row) -> {
              byte[] bytes = SimulatedTable.copy(split.table().schema(), row);
              Tuple tuple = new Tuple(bytes, 0, bytes.length, Tuple.Layout.COPY);
              boolean wanted =
                  split.isByKey()
                      ? keys.contains(extractor.key(tuple))
                      : row.page() >= grant.from() && row.page() < grant.to();
              if (wanted && !key.startsWith("h")) {
                rows.add(bytes);
              }
            });
    if (split.isRepair()) {
      world.coverage().hit(Case.REPAIRED_ROWS, rows.size());
    }
    batches = new RowBatches(grant, queue, world.settings().lanes());
  }

  private void end() throws InterruptedException {
    OptionalLong high = site.high(atSnapshot);
    if (high.isEmpty()) {
      fail();
      return;
    }
    long to = grant.to();
    ChunkResult result = new ChunkResult(0, 0, high.getAsLong(), pages);
    if (!work.split.isByKey() && result.reachedEnd(new PageRange(grant.from(), to))) {
      to = work.split.endPage();
      scheduler.reachedEnd(grant);
    }
    queue.put(new DumpQueue.Item.End(grant, to, high.getAsLong(), 0));
    grant = null;
  }
}
