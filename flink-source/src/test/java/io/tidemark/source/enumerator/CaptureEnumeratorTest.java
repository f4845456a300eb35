package io.tidemark.source.enumerator;

import static io.tidemark.source.enumerator.CoordinatorHarness.ATTEMPT;
import static io.tidemark.source.enumerator.CoordinatorHarness.ORDERS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.postgres.TableName;
import io.tidemark.source.StartMode;
import io.tidemark.source.enumerator.WorldByHand.Call;
import io.tidemark.source.event.EnumeratorEvent;
import io.tidemark.source.event.EnumeratorEvent.Dumps;
import io.tidemark.source.event.EnumeratorEvent.ForgetSplits;
import io.tidemark.source.event.EnumeratorEvent.Published;
import io.tidemark.source.event.ReaderEvent;
import io.tidemark.source.event.ReaderEvent.FinishedSplit;
import io.tidemark.source.lane.ChunkId;
import io.tidemark.source.split.DumpSplit;
import io.tidemark.source.split.StreamSplit;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** How a capture begins, what it has planned, and who gets the splits. */
class CaptureEnumeratorTest extends EnumeratorFixture {
  private static final StartMode DUMP = StartMode.dumpThenStream();
  private static final TableName ITEMS = new TableName("public", "items");

  @Test
  void theStreamIsInTheStateUntilAReaderGetsIt() {
    start(DUMP);
    assertThat(enumerator.snapshotState(1).unassigned()).isEqualTo(WorldByHand.START);
    register(1, 0);
    assertThat(told(1, StreamSplit.class)).containsExactly(WorldByHand.START);
    assertThat(told(0, StreamSplit.class)).isEmpty();
    assertThat(enumerator.snapshotState(2).unassigned()).isNull();
    fail(1, WorldByHand.START);
    assertThat(enumerator.snapshotState(3).unassigned()).isEqualTo(WorldByHand.START);
  }

  @Test
  void aDatabaseThatIsNotReadyFailsTheJob() {
    world.failures.put(Call.PREPARE, new IOException("wal_level is replica"));
    create(DUMP, null);
    assertThatThrownBy(coordinator::settle).hasMessage("wal_level is replica");
    assertThat(enumerator.snapshotState(1).prepared()).isFalse();
  }

  @Test
  void tablesThatCannotBeListedAfterARestoreFailTheJob() {
    start(DUMP);
    world.failures.put(Call.TABLES, new IOException("no publication"));
    assertThatThrownBy(() -> restore(DUMP)).hasMessage("no publication");
  }

  @Test
  void aPlanningFailureFailsTheJob() {
    world.failures.put(Call.PLAN, new IOException("no such type"));
    assertThatThrownBy(() -> start(DUMP)).hasMessageContaining("no such type");
  }

  @Test
  void aTablePublishedSinceTheCheckpointIsDumpedAfterTheRestore() {
    start(DUMP);
    world.tables = List.of(ORDERS, ITEMS);
    world.planned.clear();
    restore(DUMP);
    assertThat(world.planned).as("the other is under dump").containsExactly(Set.of(ITEMS));
    assertThat(world.inspected).as("what is wrong now is looked at").isEqualTo(1);
  }

  @Test
  void aTableThatTheStreamReaderHasAndNobodyHasHeardOfIsDumped() {
    start(DUMP);
    register(0);
    world.planned.clear();
    say(0, new ReaderEvent.StreamStarted(ATTEMPT, 0, List.of(), List.of(ORDERS, ITEMS)));
    assertThat(world.planned).containsExactly(Set.of(ITEMS));
  }

  @Test
  void aCaptureOfTheStreamAloneDumpsNothing() {
    start(StartMode.streamOnly());
    register(0);
    assertThat(told(0, StreamSplit.class)).hasSize(1);
    assertThat(world.planned).isEmpty();
    assertThat(picture(0).dumps()).isEmpty();
  }

  @Test
  void manyTablesArePlannedSomeAtATime() {
    world.tables = IntStream.range(0, 100).mapToObj(i -> new TableName("s", "t" + i)).toList();
    start(DUMP);
    assertThat(world.planned).hasSizeBetween(2, 50);
    List<TableName> all = new ArrayList<>();
    world.planned.forEach(all::addAll);
    assertThat(all).containsExactlyInAnyOrderElementsOf(world.tables);
  }

  @Test
  void aTableThatNoReplicaCanPlanIsTriedAgainUntilOneCan() {
    world.notNow.add(ORDERS);
    start(DUMP);
    coordinator.tick();
    assertThat(world.planned).hasSize(2);
    world.notNow.clear();
    coordinator.tick();
    assertThat(enumerator.snapshotState(1).dumps().dumps().dumps().get(0).leaves()).hasSize(1);
    coordinator.tick();
    assertThat(world.planned).as("it is planned").hasSize(3);
  }

  @Test
  void itIsTriedAgainAlsoWhileThePrimaryDoesNotAnswer() {
    world.notNow.add(ORDERS);
    start(DUMP);
    world.failures.put(Call.WAL, new IOException("connection refused"));
    coordinator.tick();
    assertThat(world.planned).hasSize(2);
  }

  @Test
  void aChangedPictureIsToldThoughNoSplitGoesOut() {
    world.notNow.add(ORDERS);
    start(DUMP);
    register(0, 1);
    startStream(0);
    assertThat(picture(1)).isEqualTo(new Dumps(ATTEMPT, List.of(), 3, 2, 0));
    world.notNow.clear();
    coordinator.tick();
    assertThat(picture(0).dumps()).hasSize(1);
    assertThat(picture(1)).isEqualTo(picture(0));
  }

  @Test
  void aReaderHearsThatADumpIsArmedBeforeItGetsItsSplits() {
    start(DUMP);
    register(0);
    startStream(0);
    askForSplit(0);
    assertThat(dumpSplits(0)).as("before it is armed").isEmpty();
    coordinator.told(0).clear();
    say(0, new ReaderEvent.TableArmed(ATTEMPT, 1, 5));
    assertThat(coordinator.told(0)).hasSize(2).last().isInstanceOf(DumpSplit.class);
    assertThat(dump(0).armCounter()).isEqualTo(5);
  }

  @Test
  void aReaderThatRegistersAgainHasToAskAgain() {
    start(DUMP);
    register(0, 1);
    startStream(0);
    askForSplit(1);
    register(1);
    say(0, new ReaderEvent.TableArmed(ATTEMPT, 1, 5));
    assertThat(dumpSplits(1)).isEmpty();
    askForSplit(1);
    assertThat(dumpSplits(1)).containsExactly("1-0-0");
  }

  @Test
  void aReaderIsToldWhichFinishedSplitsItMayForget() {
    startDump(DUMP);
    askForSplit(1);
    say(1, new ReaderEvent.SplitsFinished(List.of(new FinishedSplit("1-0-0", 1, 700))));
    assertThat(told(1, ForgetSplits.class)).containsExactly(new ForgetSplits(List.of("1-0-0")));
    assertThat(told(0, ForgetSplits.class)).isEmpty();
    assertThat(dump(0).high()).isEqualTo(700);
    assertThat(dump(0).round()).as("the rest is repair").isEqualTo(1);
  }

  @Test
  void keysThatAreTooManyAreRepairedBeforeThePagesAreRead() {
    startDump(DUMP);
    say(0, new ReaderEvent.RepairUrgent(ATTEMPT, 1));
    assertThat(dump(0).round()).isEqualTo(1);
    assertThat(dump(0).lastRounds()).isFalse();
  }

  @Test
  void aReaderThatFailsIsToldNothingUntilItStartsAgain() {
    startDump(DUMP);
    askForSplit(1);
    say(1, new ReaderEvent.ReaderFails());
    coordinator.told(1).clear();
    mark(ATTEMPT, 6);
    say(0, new ReaderEvent.RepairUrgent(ATTEMPT, 1));
    say(1, new ReaderEvent.SplitsFinished(List.of(new FinishedSplit("1-0-0", 1, 700))));
    assertThat(coordinator.told(1)).isEmpty();
    assertThat(dump(0).round()).as("the others are").isEqualTo(1);
    fail(1);
    register(1);
    assertThat(dump(1).round()).isEqualTo(1);
  }

  @Test
  void readersThatFailedGoOnFromTheirCheckpointWithTheDumpsOfThat() throws Exception {
    startDump(DUMP);
    askForSplit(1);
    enumerator.snapshotState(3);
    askForSplit(1);
    enumerator.notifyCheckpointComplete(3);
    enumerator.snapshotState(4);
    say(1, new ReaderEvent.SplitsFinished(List.of(new FinishedSplit("1-0-0", 1, 100))));
    assertThat(dump(0).round()).isEqualTo(1);
    fail(0);
    fail(1);
    register(0, 1);
    say(0, new ReaderEvent.StreamStarted(8, 3, List.of(armed(4)), List.of()));
    assertThat(dump(0).round()).as("the split is not finished").isZero();
    say(1, new ReaderEvent.SplitsFinished(List.of(new FinishedSplit("1-0-0", 1, 100))));
    assertThat(dump(0).round()).isEqualTo(1);
  }

  @Test
  void whatIsNotKnownOfACheckpointIsReadAnew() throws Exception {
    startDump(DUMP);
    askForSplit(1);
    enumerator.snapshotState(3);
    enumerator.snapshotState(4);
    enumerator.notifyCheckpointComplete(4);
    fail(0);
    fail(1);
    register(0, 1);
    say(0, new ReaderEvent.StreamStarted(8, 3, List.of(armed(4)), List.of()));
    assertThat(dump(0).dump()).isEqualTo(2);
  }

  @Test
  void whatALaneHasEvaluatedIsToldTheChunksReaders() {
    startDump(DUMP);
    ChunkId first = new ChunkId(0, 7, 1);
    ChunkId second = new ChunkId(1, 8, 1);
    ChunkId third = new ChunkId(1, 8, 2);
    say(0, new ReaderEvent.ChunksEvaluated(5, List.of(second, first, third)));
    assertThat(told(0, EnumeratorEvent.ChunksEvaluated.class))
        .containsExactly(new EnumeratorEvent.ChunksEvaluated(5, List.of(first)));
    assertThat(told(1, EnumeratorEvent.ChunksEvaluated.class))
        .containsExactly(new EnumeratorEvent.ChunksEvaluated(5, List.of(second, third)));
    fail(1);
    say(0, new ReaderEvent.ChunksEvaluated(5, List.of(third)));
    assertThat(told(1, EnumeratorEvent.ChunksEvaluated.class)).hasSize(1);
  }

  @Test
  void whileNoStreamIsArmedNoSplitGoesOut() {
    startDump(DUMP);
    fail(0);
    askForSplit(1);
    assertThat(dumpSplits(1)).isEmpty();
    coordinator.told(0).clear();
    register(0);
    assertThat(coordinator.told(0)).as("what it holds is not known yet").isEmpty();
    say(0, new ReaderEvent.StreamStarted(8, 0, List.of(), List.of()));
    assertThat(dumpSplits(1)).isEmpty();
    say(0, new ReaderEvent.TableArmed(8, 2, 5));
    assertThat(dumpSplits(1)).containsExactly("2-0-0");
  }

  private static ReaderEvent.ArmedTable armed(long counter) {
    return new ReaderEvent.ArmedTable(ORDERS, 1, counter);
  }

  @Test
  void aLookThatIsAsTheLastOneIsToldOnceTheReaderHasToldOfATable() {
    start(StartMode.dumpThenStream());
    register(0, 1);
    startStream(0);
    assertThat(told(0, Published.class)).hasSize(1);
    coordinator.tick();
    coordinator.settle();
    assertThat(told(0, Published.class)).as("nothing is new").hasSize(1);
    TableName another = new TableName("public", "another");
    List<ReaderEvent> events =
        List.of(
            new ReaderEvent.TableCame(another),
            new ReaderEvent.TableRenamed(another, new TableName("public", "other"), 7),
            new ReaderEvent.TableGone(another, 7));
    for (int i = 0; i < events.size(); i++) {
      say(0, events.get(i));
      coordinator.tick();
      coordinator.settle();
      assertThat(told(0, Published.class)).as(events.get(i).toString()).hasSize(i + 2);
      coordinator.tick();
      coordinator.settle();
      assertThat(told(0, Published.class)).hasSize(i + 2);
    }
  }
}
