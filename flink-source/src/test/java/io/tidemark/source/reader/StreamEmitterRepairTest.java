package io.tidemark.source.reader;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.source.event.EnumeratorEvent.ActiveDump;
import io.tidemark.source.event.EnumeratorEvent.Dumps;
import io.tidemark.source.event.ReaderEvent;
import io.tidemark.source.lane.LaneRecord;
import io.tidemark.source.split.StreamSplit;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys whose newest image was partial, from the stream to the rounds that repair them. */
class StreamEmitterRepairTest extends EmitterFixture {
  @Test
  void partialKeysAreRepairedUnlessAFullImageOrADeleteCame() {
    arm();
    transaction(() -> update(1, true), () -> update(2, true), () -> update(3, true));
    transaction(() -> update(2, false), () -> delete(3));
    emitter.wish(dumps(repair(1, false, 0, 0)));
    emitter.heartbeat(lsn, nanos);
    assertThat(keys(1)).hasSize(1);
  }

  @Test
  void aRoundWaitsForAMarkAtTheHighOfTheEvaluatedChunks() {
    arm();
    transaction(() -> update(1, true));
    emitter.wish(dumps(repair(1, false, 0, lsn + 50)));
    emitter.heartbeat(lsn, nanos);
    assertThat(keys(1)).isNull();
    emitter.heartbeat(lsn + 50, nanos);
    assertThat(keys(1)).hasSize(1);
  }

  @Test
  void laterRoundsTakeOnlyWhatMovedFromAKeyUnderRepair() {
    arm();
    transaction(() -> update(1, true));
    emitter.wish(dumps(repair(1, false, 0, 0)));
    emitter.heartbeat(lsn, nanos);
    transaction(() -> update(5, true), () -> move(1, 6, true));
    emitter.wish(dumps(repair(2, false, 1, 0)));
    emitter.heartbeat(lsn, nanos);
    assertThat(keys(2)).hasSize(1);
    transaction(() -> update(6, true), () -> update(7, true));
    emitter.wish(dumps(repair(3, false, 2, 0)));
    emitter.heartbeat(lsn, nanos);
    assertThat(keys(3)).isEmpty();
  }

  @Test
  void aRestartedRoundTakesKeysOfEarlierOnesToo() {
    arm();
    transaction(() -> update(1, true));
    emitter.wish(dumps(repair(1, false, 0, 0)));
    emitter.heartbeat(lsn, nanos);
    emitter = emitter(1, emitter.snapshot(1));
    emitter.wish(dumps(repair(2, true, 0, 0)));
    emitter.heartbeat(lsn, nanos);
    assertThat(keys(2)).hasSize(1);
  }

  @Test
  void aPartialInsertIsRepairedWithoutADump() {
    transaction(() -> insert(1, true));
    assertThat(events).contains(new ReaderEvent.RepairWanted(NAME));
  }

  @Test
  void aRepairOfNewKeysIsAskedForOnceBetweenTwoMarks() {
    emitter.heartbeat(lsn, nanos);
    transaction(() -> insert(1, true), () -> insert(2, true));
    transaction(() -> insert(3, true), () -> insert(3, true));
    assertThat(events).filteredOn(new ReaderEvent.RepairWanted(NAME)::equals).hasSize(1);
    nanos += INTERVAL;
    emitter.heartbeat(lsn, nanos);
    transaction(() -> delete(1), () -> delete(2), () -> delete(3));
    events.clear();
    transaction(() -> update(4, false));
    assertThat(events).as("no keys").noneMatch(ReaderEvent.RepairWanted.class::isInstance);
    transaction(() -> insert(4, true));
    assertThat(events).contains(new ReaderEvent.RepairWanted(NAME));
  }

  @Test
  void withoutADumpOnlyWhatLacksValuesAtTheConsumerIsRepaired() {
    transaction(() -> insert(1, false), () -> update(2, true), () -> move(3, 4, true));
    assertThat(events).noneMatch(ReaderEvent.RepairWanted.class::isInstance);
    emitter = emitter(64, START);
    transaction(() -> move(1, 2, false), () -> update(3, true));
    assertThat(events).noneMatch(ReaderEvent.RepairWanted.class::isInstance);
    transaction(() -> move(1, 2, true));
    assertThat(events).contains(new ReaderEvent.RepairWanted(NAME));
  }

  @Test
  void withoutAPlaceToRepairFromNothingIsAskedFor() {
    emitter = emitter(1, START, false);
    transaction(() -> insert(1, true));
    assertThat(events).noneMatch(ReaderEvent.RepairWanted.class::isInstance);
    assertThat(emitter.keysToRepair()).isZero();
  }

  @Test
  void moreKeysThanShouldBeKeptAreUrgentUntilTheLastRounds() {
    ReaderEvent urgent = new ReaderEvent.RepairUrgent(ATTEMPT, 4);
    arm();
    updatePartially(1, 1000);
    assertThat(events).doesNotContain(urgent);
    updatePartially(1001, 1001);
    assertThat(events).contains(urgent);
    emitter.wish(dumps(repair(0, false, 0, 0)));
    emitter.heartbeat(lsn, nanos);
    events.clear();
    nanos += INTERVAL;
    emitter.heartbeat(lsn, nanos);
    assertThat(events).doesNotContain(urgent);
  }

  private void updatePartially(int from, int to) {
    nanos += INTERVAL;
    begin();
    for (int key = from; key <= to; key++) {
      update(key, true);
    }
    commit();
  }

  @Test
  void keysOfAFinishedRoundAreForgotten() {
    arm();
    transaction(() -> update(1, true), () -> update(2, true));
    emitter.wish(dumps(repair(1, false, 0, 0)));
    emitter.heartbeat(lsn, nanos);
    assertThat(emitter.keysToRepair()).isEqualTo(2);
    emitter.wish(dumps(repair(1, false, 1, 0)));
    emitter.heartbeat(lsn, nanos);
    assertThat(emitter.keysToRepair()).isZero();
  }

  @Test
  void aRoundThatWaitsWantsAMark() {
    arm();
    emitter.wish(dumps(repair(1, false, 0, lsn + 50)));
    emitter.heartbeat(lsn, nanos);
    assertThat(emitter.wantsProgress()).isTrue();
    emitter.heartbeat(lsn + 50, nanos);
    assertThat(emitter.wantsProgress()).isFalse();
    assertThat(keys(1)).isEmpty();
  }

  @Test
  void aTruncateLeavesNothingToRepair() {
    arm();
    transaction(() -> update(1, true), this::truncate);
    assertThat(emitter.keysToRepair()).isZero();
  }

  @Test
  void keysThatAreLeftWhenTheDumpEndsAreRepairedWithoutIt() {
    arm();
    transaction(() -> insert(1, true));
    emitter.wish(new Dumps(ATTEMPT, List.of(), 1, 1, 0));
    emitter.heartbeat(lsn, nanos);
    assertThat(events).contains(new ReaderEvent.RepairWanted(NAME));
    assertThat(emitter.keysToRepair()).isEqualTo(1);
    assertThat(emitter.touchBytes()).as("the lanes keep none").isZero();
  }

  @Test
  void aDumpWithFarTooManyKeysToRepairIsBegunAnewAlsoAfterARestore() {
    arm();
    begin();
    for (int i = 0; i < 8_001; i++) {
      update(i, true);
    }
    assertThat(emitter.keysToRepair()).isZero();
    StreamSplit cut = emitter.snapshot(1);
    commit();
    assertThat(events)
        .contains(new ReaderEvent.TableVoided(ATTEMPT, NAME, emitter.markCounter(), true));
    events.clear();
    emitter = emitter(1, cut);
    emitter.wish(new Dumps(ATTEMPT, List.of(), 1, 1, 0));
    commit();
    assertThat(emitted).as("it stays armed").noneMatch(LaneRecord.Disarm.class::isInstance);
    assertThat(events)
        .contains(new ReaderEvent.TableVoided(ATTEMPT, NAME, emitter.markCounter(), true));
    emitter.wish(dumps(dump(5)));
    emitter.heartbeat(lsn, nanos);
    assertThat(events).contains(new ReaderEvent.TableArmed(ATTEMPT, 5, emitter.markCounter()));
  }

  @Test
  void keysAreAskedForAgainIfTheDumpOfFormerOnesCameToNothing() {
    transaction(() -> insert(1, true));
    follow(noDumps());
    nanos += INTERVAL;
    emitter.heartbeat(lsn, nanos);
    events.clear();
    transaction(() -> insert(2, true), () -> insert(3, true));
    assertThat(events).filteredOn(new ReaderEvent.RepairWanted(NAME)::equals).hasSize(1);
  }

  @Test
  void keysOfAnotherKeyThanThePlannedOneAreNotAskedForButAllRows() {
    transaction(() -> insert(1, true));
    emitter.wish(dumps(dump(4, KEYED_BY_BOTH)));
    emitter.heartbeat(lsn, nanos);
    assertGivenUp();
  }

  @Test
  void keysThatAreOfAnotherKeyWhenTheirRoundComesAreNotAskedForButAllRows() {
    transaction(() -> insert(2, false));
    emitter.wish(dumps(dump(4, KEYED_BY_BOTH)));
    emitter.heartbeat(lsn, nanos);
    transaction(() -> insert(1, true));
    events.clear();
    emitter.wish(
        dumps(
            new ActiveDump(
                4, Grants.plan(KEYED_BY_BOTH), 2, 0, 1, false, 0, true, lsn, true, 0, null)));
    emitter.heartbeat(lsn, nanos);
    emitter.heartbeat(lsn, nanos);
    assertThat(keys(1)).isNull();
    assertGivenUp();
  }

  @Test
  void keysOfATableWhoseKeyChangesUnderADumpAreForgottenAndAllRowsAskedFor() {
    arm();
    transaction(() -> update(1, true), this::updateByBoth);
    assertGivenUp();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void keysOfATableWhoseKeyChangesOutsideOfDumpsBecomeADumpOfAllRows(boolean restored) {
    dumpsRewritten = false;
    emitter = emitter(1, START);
    events.clear();
    transaction(() -> insert(1, true), this::updateByBoth);
    assertThat(emitter.keysToRepair()).isEqualTo(1);
    if (restored) {
      StreamSplit split = emitter.snapshot(1);
      events.clear();
      emitter = emitter(1, split);
      assertThat(events)
          .containsExactly(
              new ReaderEvent.StreamStarted(
                  ATTEMPT, 1, List.of(new ReaderEvent.ArmedTable(NAME, 0, -1)), List.of(NAME)));
    }
    follow(dumps(planned(4, KEYED_BY_BOTH, lsn, lsn)));
    assertGivenUp();
    follow(dumps(planned(5, KEYED_BY_BOTH, lsn, lsn)));
    assertThat(events).contains(new ReaderEvent.TableArmed(ATTEMPT, 5, emitter.markCounter()));
  }

  @Test
  void aTruncateLeavesNothingToReadUnderAnotherKey() {
    dumpsRewritten = false;
    emitter = emitter(1, START);
    transaction(() -> insert(1, true), this::updateByBoth, this::truncate);
    emitter.wish(dumps(dump(4, KEYED_BY_BOTH)));
    emitter.heartbeat(lsn, nanos);
    assertThat(events).noneMatch(ReaderEvent.TableVoided.class::isInstance);
  }
}
