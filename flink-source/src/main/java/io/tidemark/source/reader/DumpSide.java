package io.tidemark.source.reader;

import io.tidemark.postgres.TableName;
import io.tidemark.source.event.ReaderEvent;
import io.tidemark.source.event.ReaderEvent.FinishedSplit;
import io.tidemark.source.lane.ChunkId;
import io.tidemark.source.lane.LaneRecord;
import io.tidemark.source.lane.Mark;
import io.tidemark.source.reader.DumpScheduler.Grant;
import java.util.List;
import java.util.function.Consumer;

/**
 * The main thread's part in dumping: emits what dump threads have read, promises, and reports what
 * is finished.
 */
final class DumpSide {
  private final DumpScheduler scheduler;
  private final DumpQueue queue;
  private final Consumer<ReaderEvent> events;
  private final DumpMetrics metrics;
  private final int lanes;
  private final int subtask;
  private final int subtasks;
  private long promised = -1;
  private long promisedAttempt;

  /** Which subtask this is, and how many lanes there are. */
  record Place(int subtask, int subtasks, int lanes) {}

  DumpSide(
      DumpScheduler scheduler,
      DumpQueue queue,
      Place place,
      Consumer<ReaderEvent> events,
      DumpMetrics metrics) {
    this.scheduler = scheduler;
    this.queue = queue;
    this.events = events;
    this.metrics = metrics;
    this.lanes = place.lanes();
    this.subtask = place.subtask();
    this.subtasks = place.subtasks();
  }

  /** Emits the next item that was read; false if there is none. */
  boolean emitNext(LaneOutput out) throws Exception {
    DumpQueue.Item item = queue.poll();
    if (item == null) {
      return false;
    }
    if (item instanceof DumpQueue.Item.Rows rows) {
      if (scheduler.isWanted(rows.grant())) {
        out.emit(rows.rows());
        metrics.rowsRead(rows.grant(), rows.rows().batch().size(), rows.bytes());
      }
    } else if (item instanceof DumpQueue.Item.End end) {
      ended(end, out);
    } else if (item instanceof DumpQueue.Item.Failed failed) {
      fail(failed.grant(), out);
      metrics.chunkRetried();
    } else if (item instanceof DumpQueue.Item.Stale stale) {
      fail(stale.grant(), out);
      events.accept(new ReaderEvent.PlanStale(stale.grant().work().split.dump(), stale.reason()));
    } else if (item instanceof DumpQueue.Item.Fatal fatal) {
      throw fatal.cause();
    } else {
      throw new IllegalStateException("a dump thread handed over " + item);
    }
    return true;
  }

  private void ended(DumpQueue.Item.End end, LaneOutput out) {
    Grant grant = end.grant();
    if (!scheduler.ended(grant, end.to(), end.high())) {
      failLanes(grant, out);
      return;
    }
    TableName table = grant.work().split.table().schema().name();
    for (int lane = 0; lane < lanes; lane++) {
      out.emit(new LaneRecord.ChunkEnd(lane, grant.chunk(), grant.mark(), table, end.high()));
    }
    metrics.chunkRead(grant, end.pages());
    // Also where a mark has reached it already: lanes evaluate chunks at marks that come later.
    events.accept(new ReaderEvent.MarkWanted(end.high()));
  }

  private void fail(Grant grant, LaneOutput out) {
    scheduler.gone(grant);
    failLanes(grant, out);
  }

  private void failLanes(Grant grant, LaneOutput out) {
    for (int lane = 0; lane < lanes; lane++) {
      out.emit(new LaneRecord.ChunkFailed(lane, grant.chunk()));
    }
  }

  /** Hears of marks, promises anew to the lanes, and reports finished splits. */
  void marks(List<Mark> marks, LaneOutput out) {
    scheduler.marks(marks);
    promise(out);
    reportFinished();
  }

  private void promise(LaneOutput out) {
    long promise = scheduler.promise();
    long attempt = scheduler.attempt();
    if (promise == promised && attempt == promisedAttempt) {
      return;
    }
    promised = promise;
    promisedAttempt = attempt;
    for (int lane = 0; lane < lanes; lane++) {
      out.emit(new LaneRecord.Promise(lane, subtask, subtasks, promise));
    }
    events.accept(new ReaderEvent.Promised(attempt, promise));
  }

  /** Hears of what a lane has evaluated, and reports finished splits. */
  void evaluated(List<ChunkId> chunks) {
    scheduler.evaluated(chunks);
    reportFinished();
  }

  private void reportFinished() {
    List<FinishedSplit> finished = scheduler.finished();
    if (!finished.isEmpty()) {
      events.accept(new ReaderEvent.SplitsFinished(finished));
    }
  }
}
