package io.tidemark.source.enumerator;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.source.event.EnumeratorEvent.ActiveDump;
import io.tidemark.source.event.ReaderEvent.ArmedTable;
import io.tidemark.source.event.ReaderEvent.FinishedSplit;
import io.tidemark.source.split.Splits;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DumpCoordinatorTest extends CoordinatorHarness {
  @Test
  void splitsGoOutOnlyAfterTheTableIsArmed() {
    startStream();
    coordinator.splitWanted(3);
    plan(2);
    assertThat(recorder.published).hasSize(1);
    assertThat(recorder.assigned).isEmpty();
    coordinator.armed(ATTEMPT, 1, 5);
    assertThat(recorder.assigned).containsOnly(Map.entry("1-0-0", 3));
    assertThat(recorder.published.get(0).armCounter()).isEqualTo(5);
  }

  @Test
  void aReaderThatFailedAfterAskingGetsNothing() {
    startStream();
    coordinator.splitWanted(3);
    coordinator.splitWanted(4);
    recorder.failed.add(3);
    plan(1);
    coordinator.armed(ATTEMPT, 1, 5);
    assertThat(recorder.assigned).containsOnly(Map.entry("1-0-0", 4));
  }

  @Test
  void aReadyDumpIsRepairedUntilARoundHasNoKeys() {
    dumpPagesOf(1);
    assertThat(round()).isEqualTo(1);
    assertThat(recorder.published.get(0).lastRounds()).isTrue();
    coordinator.keysToRepair(ATTEMPT, 1, 1, 9, List.of(KEY));
    String repair = last();
    assertThat(Splits.keys(recorder.splits.get(repair))).containsExactly(KEY);
    assertThat(recorder.splits.get(repair).minMark()).isEqualTo(9);
    finish(repair);
    assertThat(round()).isEqualTo(2);
    assertThat(recorder.published.get(0).finishedRound()).isEqualTo(1);
    assertThat(isDone()).isFalse();
    coordinator.keysToRepair(ATTEMPT, 1, 2, 10, List.of());
    assertThat(recorder.published).isEmpty();
    assertThat(isDone()).isTrue();
    assertThat(coordinator.knows(ORDERS)).isTrue();
  }

  @Test
  void aDumpIsOverOnceTheStreamReaderHasToldItsEnd() {
    recorder.tellsEnds = false;
    dumpPagesOf(1);
    assertThat(recorder.published.get(0).isOver()).isFalse();
    coordinator.keysToRepair(ATTEMPT, 1, 1, 9, List.of());
    assertThat(recorder.published.get(0).ends()).containsExactly(0L);
    coordinator.request(ORDERS);
    coordinator.planStale(1);
    assertThat(recorder.planned).as("it was read").containsExactly(1L);
    coordinator.ended(ATTEMPT + 1, 1);
    coordinator.ended(ATTEMPT, 2);
    assertThat(isDone()).isFalse();
    coordinator.ended(ATTEMPT, 1);
    assertThat(isDone()).isTrue();
    assertThat(recorder.published).isEmpty();
  }

  @Test
  void anEndThatARestoreTakesBackIsToldAgain() {
    recorder.tellsEnds = false;
    dumpPagesOf(1);
    coordinator.keysToRepair(ATTEMPT, 1, 1, 9, List.of());
    DumpCoordinator.State state = coordinator.state(1);
    coordinator = new DumpCoordinator(recorder);
    coordinator.restore(state);
    coordinator.streamStarted(8, List.of());
    assertThat(recorder.published.get(0).isOver()).isTrue();
    assertThat(recorder.published.get(0).dump()).isEqualTo(1);
    coordinator.ended(8, 1);
    assertThat(isDone()).isTrue();
  }

  @Test
  void keysThatCameTooLateForADumpThatIsOverAreRepairedByTheNext() {
    recorder.tellsEnds = false;
    dumpPagesOf(1);
    coordinator.keysToRepair(ATTEMPT, 1, 1, 9, List.of());
    coordinator.repairWanted(ORDERS);
    assertThat(recorder.planned).containsExactly(1L);
    coordinator.ended(ATTEMPT, 1);
    assertThat(recorder.planned).containsExactly(1L, 2L);
  }

  @Test
  void repairDoesNotStartBeforeEveryPageSplitIsFinished() {
    startStream();
    plan(2);
    coordinator.armed(ATTEMPT, 1, 5);
    coordinator.splitWanted(0);
    coordinator.splitWanted(0);
    finish("1-0-0");
    assertThat(round()).isZero();
    finish(last());
    assertThat(round()).isEqualTo(1);
  }

  @Test
  void theRoundCarriesTheHighestHighOfItsChunks() {
    startStream();
    plan(2);
    coordinator.armed(ATTEMPT, 1, 5);
    coordinator.splitWanted(0);
    coordinator.splitWanted(0);
    coordinator.finished(List.of(new FinishedSplit("1-0-0", 1, 300)));
    coordinator.finished(List.of(new FinishedSplit(last(), 1, 200)));
    assertThat(recorder.published.get(0).high()).isEqualTo(300);
  }

  @Test
  void aNewStreamReaderTakesAllKeysOfTheRoundAgain() {
    dumpPagesOf(1);
    coordinator.keysToRepair(ATTEMPT, 1, 1, 9, List.of(KEY));
    coordinator.streamStarted(8, List.of(new ArmedTable(ORDERS, 1, 4)));
    assertThat(round()).isEqualTo(2);
    assertThat(recorder.published.get(0).takeAll()).isTrue();
    assertThat(recorder.published.get(0).armCounter()).isEqualTo(4);
    coordinator.keysToRepair(ATTEMPT, 1, 2, 9, List.of());
    assertThat(isDone()).as("an answer of the old attempt counts for nothing").isFalse();
    coordinator.keysToRepair(8, 1, 2, 9, List.of());
    assertThat(isDone()).isTrue();
  }

  @Test
  void nothingIsHandedOutUntilTheNewStreamReaderHasArmed() {
    startStream();
    plan(1);
    coordinator.armed(ATTEMPT, 1, 5);
    coordinator.streamStarted(8, List.of());
    coordinator.splitWanted(0);
    assertThat(recorder.assigned).isEmpty();
    coordinator.armed(ATTEMPT, 1, 6);
    assertThat(recorder.assigned).isEmpty();
    coordinator.armed(8, 1, 2);
    assertThat(recorder.assigned).containsOnlyKeys("1-0-0");
  }

  @Test
  void aDumpWhoseSplitsAreWithReadersButOfWhichTheStreamKnowsNothingStartsAfresh() {
    startStream();
    plan(1);
    coordinator.armed(ATTEMPT, 1, 5);
    coordinator.splitWanted(0);
    DumpCoordinator.State state = coordinator.state(1);
    coordinator = new DumpCoordinator(recorder);
    coordinator.restore(state);
    coordinator.streamStarted(8, List.of());
    assertThat(recorder.planned).containsExactly(1L, 2L);
    assertThat(recorder.published).extracting(ActiveDump::dump).containsExactly(2L);
  }

  @Test
  void aChangedTableIsPlannedAnewAndItsOldSplitsCountNoMore() {
    startStream();
    plan(1);
    coordinator.armed(ATTEMPT, 1, 5);
    coordinator.splitWanted(0);
    coordinator.planStale(1);
    assertThat(recorder.planned).containsExactly(1L, 2L);
    assertThat(recorder.published).as("it stays armed, for another dump").hasSize(1);
    assertThat(recorder.published.get(0).dump()).isEqualTo(2);
    finish("1-0-0");
    planned(2, planOf(1));
    assertThat(recorder.published.get(0).dump()).isEqualTo(2);
    assertThat(recorder.published.get(0).armCounter()).isEqualTo(-1);
  }

  @Test
  void keysToRepairOutsideADumpAreADumpWithoutPages() {
    startStream();
    coordinator.repairWanted(ORDERS);
    planned(1, planOf(3));
    coordinator.armed(ATTEMPT, 1, 5);
    assertThat(round()).isEqualTo(1);
    coordinator.keysToRepair(ATTEMPT, 1, 1, 6, List.of(KEY));
    coordinator.splitWanted(0);
    assertThat(recorder.assigned).hasSize(1);
  }

  @Test
  void aDumpThatWasArmedBeforeItsPlanCameIsHandedOutWithThePlan() {
    startStream();
    plan(1);
    coordinator.armed(ATTEMPT, 1, 5);
    coordinator.splitWanted(0);
    coordinator.planStale(1);
    coordinator.armed(ATTEMPT, 2, 6);
    coordinator.splitWanted(0);
    planned(2, planOf(1));
    assertThat(recorder.assigned).containsKeys("1-0-0", "2-0-0");
  }

  @Test
  void aVoidIsForgottenWithTheStreamReaderThatMadeIt() {
    startStream();
    plan(1);
    coordinator.armed(ATTEMPT, 1, 5);
    coordinator.voided(ATTEMPT, ORDERS, 9, false);
    assertThat(recorder.published.get(0).voidCounter()).isEqualTo(9);
    coordinator.streamLost();
    coordinator.streamStarted(ATTEMPT + 1, List.of(new ArmedTable(ORDERS, 1, 5)));
    assertThat(coordinator.picture().get(0).voidCounter()).isZero();
  }

  @Test
  void aTableGivenUpAsItsDumpEndsIsDumpedAnew() {
    dumpPagesOf(1);
    coordinator.keysToRepair(ATTEMPT, 1, 1, 9, List.of());
    assertThat(recorder.published).isEmpty();
    coordinator.voided(ATTEMPT, ORDERS, 10, true);
    assertThat(recorder.planned).containsExactly(1L, 2L);
  }

  @Test
  void aRepairThatIsGivenUpBecomesADumpOfAllRows() {
    startStream();
    coordinator.repairWanted(ORDERS);
    planned(1, planOf(1));
    coordinator.armed(ATTEMPT, 1, 5);
    coordinator.voided(ATTEMPT, ORDERS, 6, true);
    planned(2, planOf(1));
    coordinator.armed(ATTEMPT, 2, 6);
    coordinator.splitWanted(0);
    assertThat(recorder.assigned).containsOnlyKeys("2-0-0");
  }

  @Test
  void aTableThatIsGoneIsDone() {
    startStream();
    coordinator.request(ORDERS);
    planned(1, List.of());
    assertThat(isDone()).isTrue();
  }

  @Test
  void aRestoredCoordinatorGoesOnWhereItWas() throws IOException {
    dumpPagesOf(2);
    coordinator.keysToRepair(ATTEMPT, 1, 1, 9, List.of(KEY));
    EnumeratorStateSerializer serializer = new EnumeratorStateSerializer();
    byte[] bytes =
        serializer.serialize(new EnumeratorState(null, true, 11, 1, coordinator.state(1), 0));
    EnumeratorState read = serializer.deserialize(serializer.getVersion(), bytes);
    assertThat(read.dumps()).isEqualTo(coordinator.state(1));
    coordinator = new DumpCoordinator(recorder);
    coordinator.restore(read.dumps());
    coordinator.streamStarted(8, List.of(new ArmedTable(ORDERS, 1, 4)));
    assertThat(round()).isEqualTo(2);
    coordinator.keysToRepair(8, 1, 2, 9, List.of());
    assertThat(isDone()).isTrue();
  }
}
