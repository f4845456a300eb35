package io.tidemark.source.reader;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.dump.plan.PageRange;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.stream.Batches;
import io.tidemark.source.event.EnumeratorEvent.ChunksEvaluated;
import io.tidemark.source.event.EnumeratorEvent.LeastPromise;
import io.tidemark.source.event.EnumeratorEvent.MarkRequest;
import io.tidemark.source.event.EnumeratorEvent.Marks;
import io.tidemark.source.event.EnumeratorEvent.Paused;
import io.tidemark.source.event.ReaderEvent;
import io.tidemark.source.event.ReaderEvent.FinishedSplit;
import io.tidemark.source.lane.LaneRecord;
import io.tidemark.source.lane.Mark;
import io.tidemark.source.reader.DumpScheduler.Grant;
import io.tidemark.source.split.DumpSplit;
import io.tidemark.source.split.StreamSplit;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.core.io.InputStatus;
import org.junit.jupiter.api.Test;

/** When a reader starts, asks, emits and wakes, and what it makes of what it is told. */
class CaptureReaderTest extends ReaderFixture {
  private static final DumpSplit OTHER =
      DumpSplit.ofPages("2-0-0", 2, Grants.TABLE, new PageRange(0, 100));

  @Test
  void whatItIsGivenBeforeItStartsWaitsForTheStart() throws Exception {
    reader.addSplits(List.of(START, Grants.SPLIT));
    assertThat(events).as("the enumerator does not know the reader yet").isEmpty();
    assertThat(reader.snapshotState(1)).containsExactly(START, Grants.SPLIT);
    reader.start();
    assertThat(events)
        .containsExactly(new ReaderEvent.StreamStarted(ATTEMPT, 0, List.of(), List.of()));
    assertThat(threadsStarted).isEqualTo(2);
    assertThat(splitsAskedFor).as("for the other thread").isEqualTo(1);
    assertThat(reader.snapshotState(2))
        .as("nothing was emitted yet")
        .containsExactlyInAnyOrder(Grants.SPLIT, START);
    feed.batches.add(Batches.messages(20, 0, 30));
    drain();
    assertThat(reader.snapshotState(3))
        .hasSize(2)
        .contains(Grants.SPLIT)
        .anyMatch(split -> split instanceof StreamSplit stream && stream.checkpoint() == 3);
  }

  @Test
  void itAsksForAsManySplitsAsItHasThreadsWithoutOne() {
    reader.start();
    assertThat(splitsAskedFor).isEqualTo(2);
    reader.addSplits(List.of(Grants.SPLIT));
    reader.handleSourceEvents(picture(1, 2));
    assertThat(splitsAskedFor).as("the other one is on its way").isEqualTo(2);
    reader.addSplits(List.of(OTHER));
    reader.handleSourceEvents(picture(1, 2));
    assertThat(splitsAskedFor).isEqualTo(2);
    reader.handleSourceEvents(picture(2));
    assertThat(splitsAskedFor).as("one was dropped").isEqualTo(3);
  }

  @Test
  void theStreamGoesFirst() throws Exception {
    startWithStream();
    queue.put(new DumpQueue.Item.Failed(Grants.grant()));
    feed.batches.add(Batches.messages(20, 1, 0));
    assertThat(poll()).isEqualTo(InputStatus.MORE_AVAILABLE);
    assertThat(emitted).hasSize(1).first().isInstanceOf(LaneRecord.Stream.class);
    assertThat(poll()).isEqualTo(InputStatus.MORE_AVAILABLE);
    assertThat(emitted).last().isInstanceOf(LaneRecord.ChunkFailed.class);
    assertThat(poll()).isEqualTo(InputStatus.NOTHING_AVAILABLE);
  }

  @Test
  void itIsAvailableWheneverStreamOrDumpHasSomething() throws Exception {
    startWithStream();
    drain();
    assertThat(reader.isAvailable()).isNotDone();
    CompletableFuture<Void> before = reader.isAvailable();
    queue.put(new DumpQueue.Item.Failed(Grants.grant()));
    assertThat(before).isDone();
    assertThat(reader.isAvailable()).isDone();
    drain();
    before = reader.isAvailable();
    assertThat(before).isNotDone();
    feed.available.complete(null);
    assertThat(before).isDone();
    assertThat(reader.isAvailable()).isDone();
  }

  @Test
  void whateverItIsToldWakesItsTask() throws Exception {
    reader.start();
    assertWakes(() -> reader.addSplits(List.of(START)));
    assertWakes(() -> reader.handleSourceEvents(picture(1)));
    assertWakes(() -> reader.handleSourceEvents(marks(1)));
    assertWakes(() -> reader.handleSourceEvents(new ChunksEvaluated(0, List.of())));
    assertWakes(reader::notifyNoMoreSplits);
  }

  private void assertWakes(Runnable telling) throws Exception {
    drain();
    CompletableFuture<Void> available = reader.isAvailable();
    assertThat(available).isNotDone();
    telling.run();
    assertThat(available).isDone();
  }

  @Test
  void whilePausedItEmitsNeitherChangesNorRowsAndSleeps() throws Exception {
    startWithStream();
    reader.handleSourceEvents(new Paused(true));
    feed.batches.add(Batches.messages(20, 1, 30));
    feed.available.complete(null);
    queue.put(new DumpQueue.Item.Failed(Grants.grant()));
    assertThat(drain()).isEqualTo(InputStatus.NOTHING_AVAILABLE);
    assertThat(emitted).isEmpty();
    CompletableFuture<Void> asleep = reader.isAvailable();
    assertThat(asleep).as("what it has does not wake it").isNotDone();
    reader.handleSourceEvents(new Paused(false));
    assertThat(asleep).isDone();
    drain();
    assertThat(emitted).hasAtLeastOneElementOfType(LaneRecord.Stream.class);
    assertThat(emitted).hasAtLeastOneElementOfType(LaneRecord.ChunkFailed.class);
  }

  @Test
  void aPauseCanCutATransactionAndCheckpointsGoOnWithin() throws Exception {
    startWithStream();
    RowChange[] changes = new RowChange[100];
    for (int i = 0; i < changes.length; i++) {
      RowChange.Origin origin = new RowChange.Origin(40, i + 1, 1, 1);
      changes[i] = RowChange.delete(Grants.SCHEMA, EmitterFixture.keyTuple(i), false, origin);
    }
    feed.batches.add(Batches.transaction(40, 50, changes));
    poll();
    int before = emitted(LaneRecord.Stream.class).size();
    assertThat(before).isLessThan(100);
    reader.handleSourceEvents(new Paused(true));
    drain();
    assertThat(emitted(LaneRecord.Stream.class)).hasSize(before);
    StreamSplit cut = (StreamSplit) reader.snapshotState(1).get(0);
    assertThat(cut.position().isCut()).isTrue();
    reader.notifyCheckpointComplete(1);
    assertThat(feed.acknowledged).containsExactly(START.position().lsn());
    reader.handleSourceEvents(new Paused(false));
    drain();
    assertThat(emitted(LaneRecord.Stream.class))
        .as("all, with BEGIN, the table and COMMIT")
        .hasSize(103);
  }

  @Test
  void whilePausedItHearsOfMarksAndReportsWhatIsFinished() throws Exception {
    reader.start();
    reader.handleSourceEvents(picture(1));
    reader.handleSourceEvents(new Paused(true));
    reader.handleSourceEvents(marks(1));
    drain();
    assertThat(events).contains(new ReaderEvent.Promised(ATTEMPT, 1));
  }

  @Test
  void aFinishedSplitIsReportedWithWhatMakesItSo() throws Exception {
    reader.start();
    reader.handleSourceEvents(picture(1));
    reader.handleSourceEvents(marks(1));
    drain();
    reader.addSplits(List.of(Grants.SPLIT));
    assertThat(splitsAskedFor).isEqualTo(2);
    Grant grant = scheduler.grant(scheduler.take(), 100, 100);
    queue.put(new DumpQueue.Item.End(grant, 100, 100, 100));
    drain();
    reader.handleSourceEvents(marks(2));
    drain();
    assertThat(splitsAskedFor).as("its thread is free").isEqualTo(3);
    events.clear();
    reader.handleSourceEvents(new ChunksEvaluated(0, List.of(grant.chunk())));
    drain();
    FinishedSplit finished = new FinishedSplit("1-0-0", 1, 100);
    assertThat(events).containsExactly(new ReaderEvent.SplitsFinished(List.of(finished)));
    drain();
    assertThat(events).as("again with news alone").hasSize(1);
  }

  @Test
  void aCompletedCheckpointIsAcknowledgedByTheReaderOfTheStream() throws Exception {
    startWithStream();
    feed.batches.add(Batches.messages(20, 1, 30));
    drain();
    reader.snapshotState(1);
    assertThat(feed.acknowledged).isEmpty();
    reader.notifyCheckpointComplete(1);
    assertThat(feed.acknowledged).containsExactly(30L);
  }

  @Test
  void aMarkThatIsWantedComesBeforeItIsDue() throws Exception {
    startWithStream();
    feed.batches.add(Batches.messages(20, 0, 30));
    feed.batches.add(Batches.messages(30, 0, 40));
    drain();
    assertThat(emitted(LaneRecord.Marked.class)).hasSize(1);
    reader.handleSourceEvents(new MarkRequest(50));
    assertThat(feed.heartbeatsAsked).isEqualTo(1);
    feed.batches.add(Batches.messages(40, 0, 50));
    drain();
    assertThat(emitted(LaneRecord.Marked.class)).hasSize(2);
  }

  @Test
  void whatAllReadersPromisedFreesTheTouchesOfTheLanes() throws Exception {
    startWithStream();
    reader.handleSourceEvents(picture(1));
    feed.batches.add(Batches.messages(20, 0, 30));
    RowChange.Origin origin = new RowChange.Origin(40, 1, 1, 1);
    feed.batches.add(
        Batches.transaction(
            40, 50, RowChange.delete(Grants.SCHEMA, EmitterFixture.keyTuple(1), false, origin)));
    drainAtTheNextMark();
    assertThat((Long) gauges.value("touchBytesOfLanes")).isPositive();
    reader.handleSourceEvents(new LeastPromise(ATTEMPT, 2));
    feed.batches.add(Batches.messages(50, 0, 60));
    drainAtTheNextMark();
    assertThat(gauges.value("touchBytesOfLanes")).isEqualTo(0L);
  }

  private void drainAtTheNextMark() throws Exception {
    while (!feed.batches.isEmpty()) {
      nanos += 100;
      poll();
    }
  }

  @Test
  void whatIsForTheReaderOfTheStreamIsNothingToTheOthers() throws Exception {
    reader.start();
    reader.handleSourceEvents(new MarkRequest(50));
    reader.handleSourceEvents(new LeastPromise(ATTEMPT, 2));
    reader.notifyCheckpointComplete(1);
    assertThat(drain()).isEqualTo(InputStatus.NOTHING_AVAILABLE);
    assertThat(events).containsExactly(new ReaderEvent.WithoutStream());
  }

  private static Marks marks(long counter) {
    return new Marks(List.of(new Mark(ATTEMPT, counter, 100 * counter)));
  }
}
