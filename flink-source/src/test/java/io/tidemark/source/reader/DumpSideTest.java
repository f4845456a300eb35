package io.tidemark.source.reader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.source.event.EnumeratorEvent.ActiveDump;
import io.tidemark.source.event.EnumeratorEvent.Dumps;
import io.tidemark.source.event.ReaderEvent;
import io.tidemark.source.event.ReaderEvent.FinishedSplit;
import io.tidemark.source.lane.LaneRecord;
import io.tidemark.source.lane.Mark;
import io.tidemark.source.reader.DumpScheduler.Grant;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.SimpleCounter;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.junit.jupiter.api.Test;

class DumpSideTest {
  private static final long ATTEMPT = 5;

  private final DumpScheduler scheduler =
      new DumpScheduler(new DumpScheduler.Limits(2, 9, 1_000), 0, 77);
  private final DumpQueue queue = new DumpQueue(Long.MAX_VALUE);
  private final List<ReaderEvent> events = new ArrayList<>();
  private final List<LaneRecord> emitted = new ArrayList<>();
  private final Counters counters = new Counters();
  private final DumpSide side =
      new DumpSide(
          scheduler, queue, new DumpSide.Place(1, 3, 2), events::add, new DumpMetrics(counters));

  /** Keeps counters by name. */
  private static final class Counters extends UnregisteredMetricsGroup {
    private final Map<String, Counter> byName = new HashMap<>();

    @Override
    public Counter counter(String name) {
      return byName.computeIfAbsent(name, n -> new SimpleCounter());
    }

    long count(String name) {
      return byName.get(name).getCount();
    }
  }

  @Test
  void rowsChunksAndRetriesAreCounted() throws Exception {
    Grant grant = granted();
    queue.put(Grants.rows(grant, 20));
    queue.put(new DumpQueue.Item.End(grant, 10, 100, 10));
    side.emitNext(emitted::add);
    assertThat(counters.count("dumpRowsRead")).isEqualTo(1);
    assertThat(counters.count("dumpChunksRead")).isZero();
    side.emitNext(emitted::add);
    assertThat(counters.count("dumpChunksRead")).isEqualTo(1);
    Grant next = scheduler.grant(grant.work(), 100, 10);
    queue.put(new DumpQueue.Item.Failed(next));
    side.emitNext(emitted::add);
    assertThat(counters.count("dumpChunksRetried")).isEqualTo(1);
  }

  @Test
  void rowsGoOutAndTheirEndToEveryLane() throws Exception {
    Grant grant = granted();
    queue.put(Grants.rows(grant, 20));
    queue.put(new DumpQueue.Item.End(grant, 10, 100, 10));
    assertThat(side.emitNext(emitted::add)).isTrue();
    assertThat(emitted).hasSize(1).first().isInstanceOf(LaneRecord.Rows.class);
    emitted.clear();
    assertThat(side.emitNext(emitted::add)).isTrue();
    assertThat(emitted)
        .containsExactly(
            new LaneRecord.ChunkEnd(0, grant.chunk(), grant.mark(), Grants.NAME, 100),
            new LaneRecord.ChunkEnd(1, grant.chunk(), grant.mark(), Grants.NAME, 100));
    assertThat(events)
        .as("the newest mark has reached the chunk's high, but lanes need a later one")
        .containsExactly(new ReaderEvent.MarkWanted(100));
    assertThat(side.emitNext(emitted::add)).as("there is no more").isFalse();
  }

  @Test
  void ofAChunkThatIsNotWantedAnyMoreLanesHearOfItsFailureAlone() throws Exception {
    Grant grant = granted();
    scheduler.dumps(new Dumps(ATTEMPT, List.of(), 1, 1, 0));
    queue.put(Grants.rows(grant, 20));
    queue.put(new DumpQueue.Item.End(grant, 10, 200, 10));
    assertThat(side.emitNext(emitted::add)).isTrue();
    assertThat(emitted).isEmpty();
    side.emitNext(emitted::add);
    assertThat(emitted).containsExactlyElementsOf(failed(grant));
    assertThat(events).isEmpty();
  }

  @Test
  void aFailedChunkHoldsThePromiseBackNoLonger() throws Exception {
    Grant grant = granted();
    scheduler.failed(grant);
    scheduler.release(grant.work());
    queue.put(new DumpQueue.Item.Failed(grant));
    side.emitNext(emitted::add);
    assertThat(emitted).containsExactlyElementsOf(failed(grant));
    emitted.clear();
    side.marks(List.of(mark(2)), emitted::add);
    assertThat(emitted)
        .containsExactly(new LaneRecord.Promise(0, 1, 3, 2), new LaneRecord.Promise(1, 1, 3, 2));
  }

  @Test
  void aStalePlanIsReported() throws Exception {
    Grant grant = granted();
    queue.put(new DumpQueue.Item.Stale(grant, "rewritten"));
    side.emitNext(emitted::add);
    assertThat(emitted).containsExactlyElementsOf(failed(grant));
    assertThat(events).containsExactly(new ReaderEvent.PlanStale(1, "rewritten"));
  }

  @Test
  void whatCannotGoOnFailsTheReader() throws Exception {
    IOException cause = new IOException("no");
    queue.put(new DumpQueue.Item.Fatal(granted(), cause));
    assertThatThrownBy(() -> side.emitNext(emitted::add)).isSameAs(cause);
  }

  @Test
  void aPromiseIsMadeOnce() {
    side.marks(List.of(mark(1)), emitted::add);
    assertThat(events).containsExactly(new ReaderEvent.Promised(ATTEMPT, 1));
    assertThat(emitted).hasSize(2);
    side.marks(List.of(), emitted::add);
    assertThat(events).hasSize(1);
    side.marks(List.of(mark(2)), emitted::add);
    assertThat(events).last().isEqualTo(new ReaderEvent.Promised(ATTEMPT, 2));
    assertThat(emitted).hasSize(4);
  }

  @Test
  void aFinishedSplitIsReportedAtEachMarkUntilItIsForgotten() throws Exception {
    Grant grant = granted();
    queue.put(new DumpQueue.Item.End(grant, 100, 100, 100));
    side.emitNext(emitted::add);
    side.marks(List.of(mark(2)), emitted::add);
    side.evaluated(0, List.of(grant.chunk()));
    events.clear();
    side.evaluated(1, List.of(grant.chunk()));
    ReaderEvent finished =
        new ReaderEvent.SplitsFinished(List.of(new FinishedSplit("1-0-0", 1, 100)));
    assertThat(events).containsExactly(finished);
    events.clear();
    side.marks(List.of(), emitted::add);
    assertThat(events).containsExactly(finished);
    scheduler.forget(List.of("1-0-0"));
    events.clear();
    side.evaluated(0, List.of());
    assertThat(events).isEmpty();
  }

  private Grant granted() throws InterruptedException {
    scheduler.marks(List.of(mark(1)));
    ActiveDump dump =
        new ActiveDump(1, Grants.plan(Grants.SCHEMA), 1, 0, 0, false, 0, false, 0, true, 0, null);
    scheduler.dumps(new Dumps(ATTEMPT, List.of(dump), 1, 1, 0));
    scheduler.add(List.of(Grants.SPLIT));
    return scheduler.grant(scheduler.take(), 100, 10);
  }

  private static List<LaneRecord> failed(Grant grant) {
    return List.of(
        new LaneRecord.ChunkFailed(0, grant.chunk()), new LaneRecord.ChunkFailed(1, grant.chunk()));
  }

  private static Mark mark(long counter) {
    return new Mark(ATTEMPT, counter, 100 * counter);
  }
}
