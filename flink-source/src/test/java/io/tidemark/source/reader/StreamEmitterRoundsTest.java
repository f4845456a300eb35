package io.tidemark.source.reader;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.source.event.EnumeratorEvent.ActiveDump;
import io.tidemark.source.event.ReaderEvent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** When a repair round is answered, and which keys are in none. */
class StreamEmitterRoundsTest extends EmitterFixture {
  private static final int ENOUGH_TO_GIVE_UP = 8_001;

  @Test
  void aRoundIsAnsweredOnceHoweverOftenItIsAskedFor() {
    arm();
    transaction(() -> update(1, true), () -> update(2, true));
    follow(dumps(repair(1, false, 0, 0)));
    transaction(() -> move(1, 3, true));
    events.clear();
    follow(dumps(repair(1, false, 0, 0)));
    assertThat(events).noneMatch(ReaderEvent.KeysToRepair.class::isInstance);
    follow(dumps(repair(1, false, 1, 0)));
    assertThat(emitter.keysToRepair()).as("of no round yet").isEqualTo(1);
  }

  @Test
  void aRoundDoesNotWaitForALaterMarkThatIsWanted() {
    arm();
    transaction(() -> update(1, true));
    emitter.wantMark(lsn + 1_000);
    follow(dumps(repair(1, false, 0, lsn)));
    assertThat(keys(1)).hasSize(1);
  }

  @Test
  void aRoundIsNotAnsweredWhenItsDumpIsGone() {
    arm();
    follow(dumps(repair(1, false, 0, lsn + 50)));
    follow(noDumps());
    emitter.heartbeat(lsn + 50, nanos);
    assertThat(keys(1)).isNull();
  }

  @Test
  void noRoundOfADumpThatWasGivenUpIsAnsweredAsIfThereWereNoKeys() {
    arm();
    begin();
    for (int i = 0; i < ENOUGH_TO_GIVE_UP; i++) {
      update(i, true);
    }
    emitter.wish(dumps(repair(1, false, 0, 0)));
    commit();
    emitter.heartbeat(lsn, nanos);
    assertThat(keys(1)).isNull();
  }

  @Test
  void theRoundsOfAnotherDumpTakeTheKeysOfTheFormerOnesRounds() {
    arm();
    transaction(() -> update(1, true));
    follow(dumps(repair(1, false, 0, 0)));
    follow(dumps(dump(5)));
    events.clear();
    follow(
        dumps(new ActiveDump(5, Grants.plan(SCHEMA), 2, 0, 1, false, 0, true, 0, true, 0, null)));
    assertThat(keys(1)).hasSize(1);
  }

  @Test
  void aKeyUnderRepairThatAnotherRowMovesToIsLeftToALaterRound() {
    arm();
    transaction(() -> update(1, true), () -> update(6, true));
    follow(dumps(repair(1, false, 0, 0)));
    assertThat(keys(1)).hasSize(2);
    transaction(() -> move(1, 6, true));
    follow(dumps(repair(2, false, 1, 0)));
    assertThat(keys(2)).hasSize(1);
  }

  @Test
  void aKeyUnderRepairThatIsUpdatedAgainIsDoneWithItsRoundWhileTheDumpGoesOn() {
    arm();
    transaction(() -> update(1, true));
    follow(
        dumps(new ActiveDump(4, Grants.plan(SCHEMA), 2, 0, 1, false, 0, false, 0, true, 0, null)));
    transaction(() -> update(1, true), () -> update(2, true));
    follow(
        dumps(new ActiveDump(4, Grants.plan(SCHEMA), 2, 0, 1, false, 1, false, 0, true, 0, null)));
    assertThat(emitter.keysToRepair()).as("2 is left").isEqualTo(1);
  }

  @Test
  void anOldKeyThatEqualsTheNewOneIsNoMove() {
    arm();
    transaction(() -> update(1, true));
    follow(dumps(repair(1, false, 0, 0)));
    transaction(() -> move(1, 1, true));
    assertThat(emitter.keysToRepair()).as("under repair").isEqualTo(1);
    follow(dumps(repair(1, false, 1, 0)));
    assertThat(emitter.keysToRepair()).isZero();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aMoveOutsideOfDumpsIsRepairedOnlyIfItMayLeaveItsLane(boolean restored) {
    for (int lanes : new int[] {1, 64}) {
      emitter = emitter(lanes, START);
      transaction(() -> insert(9, true));
      if (restored) {
        emitter = emitter(lanes, emitter.snapshot(1));
      }
      transaction(() -> move(3, 4, true));
      assertThat(emitter.keysToRepair()).as("%s lanes", lanes).isEqualTo(lanes == 1 ? 1 : 2);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 64})
  void aMoveInTheLastRoundsIsRepairedOnlyIfItMayLeaveItsLane(int lanes) {
    emitter = emitter(lanes, START);
    arm();
    follow(dumps(repair(1, false, 0, 0)));
    transaction(() -> move(5, 6, true));
    assertThat(emitter.keysToRepair()).isEqualTo(lanes == 1 ? 0 : 1);
  }
}
