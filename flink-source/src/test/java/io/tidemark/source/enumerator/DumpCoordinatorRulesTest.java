package io.tidemark.source.enumerator;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.dump.plan.PageRange;
import io.tidemark.postgres.RowKey;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.postgres.catalog.PhysicalTable;
import io.tidemark.source.event.EnumeratorEvent.ActiveDump;
import io.tidemark.source.event.ReaderEvent.ArmedTable;
import io.tidemark.source.split.DumpSplit;
import io.tidemark.source.split.Splits;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a coordinator takes notice of, and what comes too late, twice or out of another's mouth. */
class DumpCoordinatorRulesTest extends CoordinatorHarness {
  @Test
  void aTableIsKnownWhileItsDumpIsUnderWayUnlessThereIsNoSuchTable() {
    assertThat(coordinator.knows(ORDERS)).isFalse();
    assertThat(coordinator.openDumps()).isZero();
    coordinator.request(ORDERS);
    coordinator.request(ORDERS);
    coordinator.repairWanted(ORDERS);
    assertThat(recorder.planned).as("one is enough").containsExactly(1L);
    assertThat(coordinator.knows(ORDERS)).isTrue();
    assertThat(coordinator.openDumps()).isEqualTo(1);
    planned(1, List.of());
    assertThat(coordinator.knows(ORDERS)).as("nothing was read").isFalse();
    assertThat(coordinator.openDumps()).isZero();
    coordinator.came(ORDERS);
    assertThat(recorder.planned).containsExactly(1L, 2L);
  }

  @Test
  void aTableThatComesWhileItIsLookedForIsLookedForAgain() {
    coordinator.request(ORDERS);
    coordinator.came(ORDERS);
    planned(1, List.of());
    assertThat(recorder.planned).as("the plan may be of before").containsExactly(1L, 1L);
    assertThat(coordinator.knows(ORDERS)).isTrue();
    planned(1, List.of());
    assertThat(coordinator.knows(ORDERS)).isFalse();
    assertThat(recorder.planned).hasSize(2);
  }

  @Test
  void aDumpIsOfOneTableWhateverIsCalledSoLater() {
    startStream();
    plan(1);
    coordinator.armed(ATTEMPT, 1, 5);
    coordinator.splitWanted(0);
    coordinator.planStale(1);
    assertThat(recorder.published).singleElement().matches(dump -> dump.dump() == 2);
    TableSchema another =
        new TableSchema(SCHEMA.oid() + 1, ORDERS, ReplicaIdentity.DEFAULT, SCHEMA.columns(), 0);
    List<PlannedTable> plan =
        List.of(
            new PlannedTable(
                new PhysicalTable(another, another.oid(), ORDERS, 2, 1, null),
                List.of(PageRange.from(0)),
                1));
    planned(2, plan);
    assertThat(recorder.published).as("a dump of the one that was armed").isEmpty();
    assertThat(recorder.planned).containsExactly(1L, 2L, 3L);
    planned(3, plan);
    assertThat(recorder.published)
        .singleElement()
        .matches(dump -> dump.dump() == 3 && dump.schema().equals(another));
    coordinator.gone(ORDERS, SCHEMA.oid());
    assertThat(recorder.published).as("the other one went").hasSize(1);
  }

  @Test
  void whatWasDumpedOfATableThatTheStreamDoesNotKnowIsOfAnother() {
    dumpPagesOf(1);
    coordinator.keysToRepair(ATTEMPT, 1, 1, 9, List.of());
    assertThat(isDone()).isTrue();
    coordinator.forgetAllBut(List.of(ORDERS));
    coordinator.came(ORDERS);
    assertThat(isDone()).isTrue();
    coordinator.forgetAllBut(List.of());
    coordinator.came(ORDERS);
    assertThat(isDone()).isFalse();
  }

  @Test
  void aPlanCountsOnce() {
    startStream();
    plan(1);
    coordinator.armed(ATTEMPT, 1, 5);
    planned(1, planOf(2));
    planned(9, planOf(2));
    coordinator.splitWanted(0);
    coordinator.splitWanted(0);
    coordinator.splitWanted(0);
    assertThat(recorder.assigned).containsOnlyKeys("1-0-0");
  }

  @Test
  void aRestoredCoordinatorPlansWhatWasBeingPlannedAndIsDoneIfNothingIs() {
    coordinator.request(ORDERS);
    restored(coordinator.state(1));
    assertThat(recorder.planned).containsExactly(1L, 1L);
    assertThat(isDone()).isFalse();
    planned(1, List.of());
    restored(coordinator.state(1));
    assertThat(isDone()).isTrue();
    coordinator.request(ORDERS);
    assertThat(recorder.planned).as("ids are never used again").last().isEqualTo(2L);
  }

  @Test
  void aRestoredCoordinatorKnowsTheSplitsThatWaitAndThoseThatReadersHave() {
    startStream();
    plan(2);
    coordinator.armed(ATTEMPT, 1, 5);
    coordinator.splitWanted(0);
    restored(coordinator.state(1));
    coordinator.streamStarted(8, List.of(new ArmedTable(ORDERS, 1, 4)));
    finish("1-0-0");
    coordinator.splitWanted(0);
    assertThat(recorder.assigned).containsKey("1-0-10");
    finish("1-0-10");
    assertThat(round()).isEqualTo(1);
  }

  @Test
  void keysThatTheStreamHasWithoutADumpAreRepaired() {
    coordinator.streamStarted(ATTEMPT, List.of(new ArmedTable(ORDERS, 0, -1)));
    assertThat(recorder.planned).containsExactly(1L);
    planned(1, planOf(2));
    coordinator.armed(ATTEMPT, 1, 5);
    assertThat(round()).as("without pages").isEqualTo(1);
  }

  @Test
  void aStreamThatStartsAgainTellsItsArms() {
    startStream();
    plan(1);
    coordinator.armed(ATTEMPT, 1, 5);
    coordinator.voided(ATTEMPT, ORDERS, 6, false);
    coordinator.streamLost();
    assertThat(coordinator.picture().get(0).armCounter()).isEqualTo(-1);
    coordinator.armed(ATTEMPT, 1, 7);
    assertThat(coordinator.picture().get(0).armCounter()).as("of the last one").isEqualTo(-1);
    coordinator.splitWanted(0);
    coordinator.streamStarted(8, List.of(new ArmedTable(ORDERS, 1, 4)));
    assertThat(recorder.published.get(0).armCounter()).isEqualTo(4);
    assertThat(recorder.published.get(0).voidCounter()).as("of the last one, too").isZero();
    assertThat(recorder.assigned).as("handed out at once").containsOnlyKeys("1-0-0");
    coordinator.streamStarted(9, List.of());
    assertThat(recorder.published).extracting(ActiveDump::dump).containsExactly(2L);
  }

  @Test
  void aReaderThatStartsAgainHasToAskAgain() {
    startStream();
    plan(2);
    coordinator.splitWanted(0);
    coordinator.splitWanted(1);
    coordinator.readerStarted(0);
    coordinator.armed(ATTEMPT, 1, 5);
    assertThat(recorder.assigned).containsOnly(Map.entry("1-0-0", 1));
  }

  @Test
  void theAnswerToARoundCountsOnceAndOnlyOfThisStreamAndRound() {
    dumpPagesOf(1);
    coordinator.keysToRepair(ATTEMPT + 1, 1, 1, 9, List.of());
    coordinator.keysToRepair(ATTEMPT, 2, 1, 9, List.of());
    coordinator.keysToRepair(ATTEMPT, 1, 2, 9, List.of());
    assertThat(isDone()).isFalse();
    coordinator.keysToRepair(ATTEMPT, 1, 1, 9, List.of(KEY));
    coordinator.keysToRepair(ATTEMPT, 1, 1, 9, List.of());
    assertThat(isDone()).as("a key is being repaired").isFalse();
    assertThat(round()).isEqualTo(1);
    finish(last());
    assertThat(isDone()).as("not before a round without keys").isFalse();
    assertThat(round()).isEqualTo(2);
  }

  @Test
  void urgentKeysAreRepairedBeforeOtherPagesAreRead() {
    startStream();
    plan(3);
    coordinator.armed(ATTEMPT, 1, 5);
    coordinator.splitWanted(0);
    coordinator.repairUrgent(ATTEMPT + 1, 1);
    coordinator.repairUrgent(ATTEMPT, 2);
    assertThat(recorder.published.get(0).round()).isZero();
    coordinator.repairUrgent(ATTEMPT, 1);
    coordinator.repairUrgent(ATTEMPT, 1);
    assertThat(round()).as("one round at a time").isEqualTo(1);
    assertThat(recorder.published.get(0).lastRounds()).isFalse();
    coordinator.keysToRepair(ATTEMPT, 1, 1, 9, List.of(KEY));
    coordinator.splitWanted(0);
    String repair = last();
    assertThat(recorder.splits.get(repair).isRepair()).isTrue();
    finish(repair);
    assertThat(recorder.published.get(0).finishedRound()).isEqualTo(1);
    coordinator.splitWanted(0);
    assertThat(recorder.splits.get(last()).isRepair()).isFalse();
  }

  @Test
  void anUrgentRoundWithoutKeysDoesNotEndTheDump() {
    startStream();
    plan(2);
    coordinator.armed(ATTEMPT, 1, 5);
    coordinator.repairUrgent(ATTEMPT, 1);
    coordinator.keysToRepair(ATTEMPT, 1, 1, 9, List.of());
    assertThat(recorder.published.get(0).finishedRound()).isEqualTo(1);
    assertThat(isDone()).isFalse();
    coordinator.repairUrgent(ATTEMPT, 1);
    assertThat(round()).isEqualTo(2);
  }

  @Test
  void inTheLastRoundsNothingIsUrgent() {
    dumpPagesOf(1);
    coordinator.repairUrgent(ATTEMPT, 1);
    assertThat(round()).isEqualTo(1);
  }

  @Test
  void aVoidOfAnotherStreamOrTableIsNoneOfThisDump() {
    startStream();
    plan(1);
    coordinator.armed(ATTEMPT, 1, 5);
    coordinator.voided(ATTEMPT + 1, ORDERS, 6, true);
    coordinator.voided(ATTEMPT, new TableName("s", "t"), 6, false);
    assertThat(recorder.planned).containsExactly(1L);
    assertThat(recorder.published.get(0).voidCounter()).isZero();
  }

  @Test
  void aPlanIsStaleOnce() {
    startStream();
    coordinator.request(ORDERS);
    coordinator.planStale(1);
    assertThat(recorder.planned).as("it is being planned").containsExactly(1L);
    planned(1, planOf(1));
    coordinator.planStale(1);
    coordinator.planStale(1);
    coordinator.planStale(2);
    assertThat(recorder.planned).containsExactly(1L, 2L);
  }

  @Test
  void aDumpThatReplacesARepairStaysOneUnlessItWasGivenUp() {
    startStream();
    coordinator.repairWanted(ORDERS);
    planned(1, planOf(1));
    coordinator.planStale(1);
    planned(2, planOf(1));
    coordinator.armed(ATTEMPT, 2, 6);
    assertThat(round()).as("it has no pages").isEqualTo(1);
  }

  @Test
  void aRepairThatWasArmedBeforeItsPlanCameBeginsWithThePlan() {
    startStream();
    coordinator.repairWanted(ORDERS);
    planned(1, planOf(1));
    coordinator.planStale(1);
    coordinator.armed(ATTEMPT, 2, 6);
    planned(2, planOf(1));
    assertThat(round()).isEqualTo(1);
  }

  @Test
  void anArmForAnotherDumpIsNoneForThisOne() {
    startStream();
    plan(1);
    coordinator.armed(ATTEMPT, 1, 5);
    coordinator.splitWanted(0);
    coordinator.streamStarted(8, List.of(new ArmedTable(new TableName("s", "t"), 9, 4)));
    assertThat(recorder.planned).as("it starts afresh").containsExactly(1L, 2L);
  }

  @Test
  void manyKeysAreManySplitsOfEachLeaf() {
    List<RowKey> keys = new ArrayList<>();
    for (int i = 0; i < 1_001; i++) {
      keys.add(new RowKey(ByteBuffer.allocate(4).putInt(i).array()));
    }
    List<DumpSplit> splits = DumpSplits.repairs(4, List.of(LEAF, LEAF), 1, keys, 9);
    assertThat(splits)
        .extracting(DumpSplit::splitId)
        .containsExactly(
            "4-repair-1-0-0",
            "4-repair-1-0-500",
            "4-repair-1-0-1000",
            "4-repair-1-1-0",
            "4-repair-1-1-500",
            "4-repair-1-1-1000");
    assertThat(splits).allMatch(split -> split.round() == 1 && split.minMark() == 9);
    List<RowKey> ofTheFirstLeaf = new ArrayList<>();
    splits.subList(0, 3).forEach(split -> ofTheFirstLeaf.addAll(Splits.keys(split)));
    assertThat(ofTheFirstLeaf).isEqualTo(keys);
  }

  @Test
  void aNewStreamReaderDropsTheRepairsOfTheRoundAndNoPages() {
    startStream();
    plan(3);
    coordinator.armed(ATTEMPT, 1, 5);
    coordinator.splitWanted(0);
    coordinator.repairUrgent(ATTEMPT, 1);
    coordinator.keysToRepair(ATTEMPT, 1, 1, 9, List.of(KEY));
    coordinator.streamStarted(8, List.of(new ArmedTable(ORDERS, 1, 4)));
    assertThat(round()).isEqualTo(2);
    coordinator.splitWanted(0);
    coordinator.splitWanted(0);
    coordinator.splitWanted(0);
    assertThat(recorder.assigned).containsOnlyKeys("1-0-0", "1-0-10", "1-0-20");
  }

  @Test
  void aNewStreamReaderBeginsNoRoundWhereNoneWasOn() {
    startStream();
    plan(1);
    coordinator.armed(ATTEMPT, 1, 5);
    coordinator.streamStarted(8, List.of(new ArmedTable(ORDERS, 1, 4)));
    assertThat(round()).isZero();
  }

  private void restored(DumpCoordinator.State state) {
    coordinator = new DumpCoordinator(recorder);
    coordinator.restore(state);
    assertThat(coordinator.state(1).dumps().done()).isEqualTo(Set.copyOf(state.dumps().done()));
  }
}
