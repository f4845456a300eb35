package io.tidemark.source.reader;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.change.Begin;
import io.tidemark.postgres.change.Commit;
import io.tidemark.postgres.change.Position;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.stream.Batches;
import io.tidemark.postgres.stream.StreamPosition;
import io.tidemark.source.KeptGauges;
import io.tidemark.source.event.EnumeratorEvent.Dumps;
import io.tidemark.source.event.EnumeratorEvent.LeastPromise;
import io.tidemark.source.lane.LaneRecord;
import io.tidemark.source.split.StreamSplit;
import io.tidemark.source.split.UnseenXids;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class StreamSideTest {
  private static final long ATTEMPT = 9;
  private static final StreamSplit START =
      new StreamSplit(StreamPosition.at(10), 1, 1, 0, 0, List.of(), UnseenXids.NONE, 0);

  private final FeedByHand feed = new FeedByHand();
  private final KeptGauges gauges = new KeptGauges();
  private final List<LaneRecord> emitted = new ArrayList<>();
  private final StreamEmitter emitter =
      new StreamEmitter(
          new StreamEmitter.Options(
              1, 100, 10_000, 1_000, true, table -> true, "tidemark", true, true),
          START,
          ATTEMPT,
          emitted::add,
          event -> {},
          XidLog.NONE);
  private final StreamSide side = new StreamSide(feed, emitter, gauges, () -> 0);

  @Test
  void aLargeBatchIsGivenOutInTurns() throws Exception {
    assertThat(side.emitNext()).as("nothing there").isFalse();
    assertThat(side.available()).isSameAs(feed.available);
    feed.batches.add(Batches.messages(20, 100, 0));
    assertThat(side.emitNext()).isTrue();
    assertThat(emitted).hasSize(64);
    assertThat(side.available()).as("the rest").isDone();
    assertThat(side.emitNext()).isTrue();
    assertThat(emitted).hasSize(100).allMatch(LaneRecord.Stream.class::isInstance);
    assertThat(side.available()).isSameAs(feed.available);
    feed.batches.add(Batches.messages(200, 1, 0));
    assertThat(side.emitNext()).isTrue();
    assertThat(emitted).hasSize(101);
  }

  @Test
  void aBatchesHeartbeatComesAfterItsChanges() throws Exception {
    feed.batches.add(Batches.messages(20, 65, 300));
    side.emitNext();
    assertThat(emitted).hasSize(64);
    side.emitNext();
    assertThat(emitted).hasSize(66).last().isInstanceOf(LaneRecord.Marked.class);
  }

  @Test
  void theServerIsAskedForItsEndUntilAWantedMarkIsReached() throws Exception {
    side.wantMark(500);
    assertThat(feed.heartbeatsAsked).isEqualTo(1);
    feed.batches.add(Batches.messages(20, 1, 400));
    side.emitNext();
    assertThat(feed.heartbeatsAsked).isEqualTo(2);
    feed.batches.add(Batches.messages(401, 1, 500));
    side.emitNext();
    assertThat(feed.heartbeatsAsked).isEqualTo(2);
  }

  @Test
  void aWishIsFollowedAtTheNextHeartbeatThatIsAskedFor() throws Exception {
    side.wish(new Dumps(ATTEMPT, List.of(), 1, 1, 1));
    feed.batches.add(Batches.messages(15, 0, 18));
    side.emitNext();
    assertThat(side.hasEnded()).as("the first offer is refused").isFalse();
    side.wish(new Dumps(ATTEMPT, List.of(), 1, 1, 2));
    assertThat(feed.heartbeatsAsked).isEqualTo(2);
    assertThat(side.hasEnded()).isFalse();
    feed.batches.add(Batches.messages(20, 0, 30));
    side.emitNext();
    assertThat(side.hasEnded()).isTrue();
    feed.batches.add(Batches.messages(40, 1, 50));
    assertThat(side.emitNext()).as("it was asked to end").isFalse();
    assertThat(side.available()).isNotDone().isNotSameAs(feed.available);
  }

  @Test
  void whatACompletedCheckpointHoldsIsAcknowledgedOnce() throws Exception {
    side.checkpointCompleted(1);
    feed.batches.add(Batches.messages(20, 0, 30));
    side.emitNext();
    assertThat(side.snapshot(1).position()).isEqualTo(StreamPosition.at(30));
    feed.batches.add(Batches.messages(30, 0, 40));
    side.emitNext();
    side.snapshot(2);
    side.snapshot(5);
    assertThat(feed.acknowledged).isEmpty();
    side.checkpointCompleted(1);
    assertThat(feed.acknowledged).containsExactly(30L);
    side.checkpointCompleted(3);
    assertThat(feed.acknowledged).as("the newest up to it").containsExactly(30L, 40L);
    side.checkpointCompleted(3);
    assertThat(feed.acknowledged).hasSize(2);
  }

  @Test
  void metricsAreAsOfTheLastMark() throws Exception {
    assertThat(gauges.value("streamPosition")).isEqualTo(0L);
    feed.batches.add(Batches.messages(20, 1, 30));
    side.emitNext();
    feed.batches.add(Batches.messages(40, 1, 0));
    side.emitNext();
    assertThat(gauges.value("streamPosition")).isEqualTo(30L);
    assertThat(gauges.value("marks")).isEqualTo(1L);
    assertThat(gauges.value("keysToRepair")).isEqualTo(0L);
    assertThat(gauges.value("touchBytesOfLanes")).isEqualTo(0L);
  }

  @Test
  void touchesAreCountedUntilNoReaderNeedsThem() {
    side.wish(EmitterFixture.dumps(EmitterFixture.dump(4)));
    emitter.heartbeat(20, 0);
    RowChange.Origin origin = new RowChange.Origin(30, 1, 1, 1);
    Tuple row = EmitterFixture.row(1, false);
    emitter.accept(new Begin(new Position(30, 0), 1, 1), 30, 0);
    emitter.accept(RowChange.insert(EmitterFixture.SCHEMA, row, origin), 31, 0);
    emitter.accept(new Commit(new Position(30, 2), 32, 1), 32, 100);
    assertThat(emitter.touchBytes()).isPositive();
    side.leastPromise(new LeastPromise(ATTEMPT + 1, emitter.markCounter()));
    assertThat(emitter.touchBytes()).as("of another attempt").isPositive();
    side.leastPromise(new LeastPromise(ATTEMPT, emitter.markCounter()));
    assertThat(emitter.touchBytes()).isZero();
  }

  @Test
  void closingClosesTheFeed() throws Exception {
    side.close();
    assertThat(feed.closed).isTrue();
  }
}
