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
  private final DumpQueue.Visitor items = new Items();
  private final int lanes;
  private final int subtask;
  private final int subtasks;
  private long promised = -1;

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
    item.accept(items, out);
    return true;
  }

  private final class Items implements DumpQueue.Visitor {
    @Override
    public void rows(DumpQueue.Item.Rows item, LaneOutput out) {
      if (scheduler.isWanted(item.grant())) {
        out.emit(item.rows());
        metrics.rowsRead(item.grant(), item.rows().batch().size(), item.bytes());
      }
    }

    @Override
    public void end(DumpQueue.Item.End item, LaneOutput out) {
      Grant grant = item.grant();
      if (!scheduler.ended(grant, item.to(), item.high())) {
        failLanes(grant, out);
        return;
      }
      TableName table = grant.work().split.table().schema().name();
      for (int lane = 0; lane < lanes; lane++) {
        out.emit(new LaneRecord.ChunkEnd(lane, grant.chunk(), grant.mark(), table, item.high()));
      }
      metrics.chunkRead(grant, item.pages());
      // Also where a mark has reached it already: lanes evaluate chunks at marks that come later.
      events.accept(new ReaderEvent.MarkWanted(item.high()));
    }

    @Override
    public void failed(DumpQueue.Item.Failed item, LaneOutput out) {
      fail(item.grant(), out);
      metrics.chunkRetried();
    }

    @Override
    public void stale(DumpQueue.Item.Stale item, LaneOutput out) {
      fail(item.grant(), out);
      long dump = item.grant().work().split.dump();
      events.accept(new ReaderEvent.PlanStale(dump, item.reason()));
    }

    @Override
    public void denied(DumpQueue.Item.Denied item, LaneOutput out) {
      fail(item.grant(), out);
      long dump = item.grant().work().split.dump();
      events.accept(new ReaderEvent.ReadDenied(dump, item.reason()));
    }

    @Override
    public void fatal(DumpQueue.Item.Fatal item, LaneOutput out) throws Exception {
      throw item.cause();
    }
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
    if (promise == promised) {
      return;
    }
    promised = promise;
    for (int lane = 0; lane < lanes; lane++) {
      out.emit(new LaneRecord.Promise(lane, subtask, subtasks, promise));
    }
    events.accept(new ReaderEvent.Promised(scheduler.attempt(), promise));
  }

  /** Hears of what a lane has evaluated, and reports finished splits. */
  void evaluated(int lane, List<ChunkId> chunks) {
    scheduler.evaluated(lane, chunks);
    reportFinished();
  }

  private void reportFinished() {
    List<FinishedSplit> finished = scheduler.finished();
    if (!finished.isEmpty()) {
      events.accept(new ReaderEvent.SplitsFinished(finished));
    }
  }
}
