package io.tidemark.source.reader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.change.Op;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.change.SchemaChange;
import io.tidemark.postgres.stream.StreamPosition;
import io.tidemark.source.event.EnumeratorEvent.Dumps;
import io.tidemark.source.event.ReaderEvent;
import io.tidemark.source.lane.LaneRecord;
import io.tidemark.source.split.StreamSplit;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class StreamEmitterTest extends EmitterFixture {
  @Test
  void theFirstHeartbeatIsFollowedByAMarkAtItsLsn() {
    emitter.heartbeat(200, nanos);
    assertThat(marks()).containsExactly(200L);
    assertThat(events).hasSize(2).last().isInstanceOf(ReaderEvent.MarkEmitted.class);
  }

  @Test
  void marksComeBetweenTransactionsAlone() {
    emitter.heartbeat(200, nanos);
    begin();
    nanos += 10 * INTERVAL;
    insert(1, false);
    assertThat(marks()).hasSize(1);
    commit();
    assertThat(marks()).containsExactly(200L, lsn);
  }

  @Test
  void marksAreDueAfterTheInterval() {
    emitter.heartbeat(200, nanos);
    nanos += INTERVAL - 1;
    emitter.heartbeat(300, nanos);
    assertThat(marks()).hasSize(1);
    nanos += 1;
    emitter.heartbeat(300, nanos);
    assertThat(marks()).containsExactly(200L, 300L);
    nanos += INTERVAL - 1;
    emitter.heartbeat(400, nanos);
    assertThat(marks()).as("counted from the mark before").hasSize(2);
  }

  @Test
  void aWantedMarkComesAsSoonAsTheStreamIsThere() {
    emitter.heartbeat(200, nanos);
    emitter.wantMark(250);
    emitter.heartbeat(240, nanos);
    assertThat(emitter.wantsProgress()).isTrue();
    assertThat(marks()).hasSize(1);
    emitter.heartbeat(250, nanos);
    assertThat(marks()).containsExactly(200L, 250L);
    assertThat(emitter.wantsProgress()).isFalse();
    emitter.heartbeat(250, nanos);
    emitter.heartbeat(260, nanos);
    assertThat(marks()).as("wanted once").hasSize(2);
  }

  @Test
  void aHeartbeatInsideATransactionIsRefused() {
    begin();
    assertThatThrownBy(() -> emitter.heartbeat(lsn + 1, nanos))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("inside the transaction");
  }

  @Test
  void everyTransactionIsNotedAsItBegins() {
    begin();
    assertThat(begun).containsExactly(1);
    commit();
    transaction(() -> insert(1, false));
    assertThat(begun).containsExactly(1, 1);
  }

  @Test
  void aTransactionThatACheckpointCutIsOpenUntilItsCommit() {
    begin();
    insert(1, false);
    StreamSplit cut = emitter.snapshot(1);
    assertThat(cut.position()).isEqualTo(new StreamPosition(10, lsn, 1, lsn + 1));
    emitted.clear();
    emitter = emitter(1, cut);
    nanos += INTERVAL;
    insert(2, false);
    assertThat(marks()).isEmpty();
    commit();
    assertThat(marks()).hasSize(1);
  }

  @Test
  void aTransactionIsCutBehindATruncateAndAMessageToo() {
    begin();
    truncate();
    assertThat(emitter.snapshot(1).position()).isEqualTo(new StreamPosition(10, lsn, 1, lsn + 1));
    message();
    assertThat(emitter.snapshot(2).position()).isEqualTo(new StreamPosition(10, lsn, 2, lsn + 2));
  }

  @Test
  void theTableIsToldThenArmedThenMarkedAndTheMarkReported() {
    emitter.heartbeat(200, nanos);
    emitter.wish(dumps(dump(4)));
    emitter.heartbeat(200, nanos);
    assertThat(emitted.get(1)).isInstanceOf(LaneRecord.Stream.class);
    assertThat(((LaneRecord.Stream) emitted.get(1)).change()).isInstanceOf(SchemaChange.class);
    assertThat(emitted.get(2)).isEqualTo(new LaneRecord.Arm(0, NAME));
    assertThat(emitted.get(3)).isInstanceOf(LaneRecord.Marked.class);
    assertThat(events).contains(new ReaderEvent.TableArmed(ATTEMPT, 4, 2));
  }

  @Test
  void wishesInsideATransactionWaitForItsEnd() {
    begin();
    emitter.wish(dumps(dump(4)));
    insert(1, false);
    assertThat(emitted).noneMatch(each -> each instanceof LaneRecord.Arm);
    commit();
    assertThat(emitted).anyMatch(each -> each instanceof LaneRecord.Arm);
  }

  @Test
  void wishesOfAnotherAttemptAreNotFollowed() {
    emitter.wish(new Dumps(ATTEMPT + 1, List.of(dump(4)), 1, 1, 0));
    emitter.heartbeat(200, nanos);
    assertThat(emitted).noneMatch(each -> each instanceof LaneRecord.Arm);
  }

  @Test
  void otherColumnsThanPlannedVoidTheDump() {
    arm();
    begin();
    TableSchema altered = schema("w");
    emitter.accept(RowChange.insert(altered, row(1, false), origin()), lsn, nanos);
    commit();
    assertThat(emitted).contains(new LaneRecord.VoidChunks(0, NAME, 3));
    assertThat(events).contains(new ReaderEvent.TableVoided(ATTEMPT, NAME, 3, true));
    assertThat(emitted.get(emitted.size() - 1)).isInstanceOf(LaneRecord.Marked.class);
  }

  @Test
  void eachTransactionWithOtherColumnsThanThePlannedOnesVoidsWhatWasReadBefore() {
    emitter.heartbeat(200, nanos);
    emitter.wish(dumps(dump(4, schema("later"))));
    emitter.heartbeat(200, nanos);
    transaction(() -> update(1, false));
    emitter.wish(dumps(dump(5, schema("later"))));
    emitter.heartbeat(lsn, nanos);
    emitted.clear();
    transaction(() -> update(1, false));
    assertThat(emitted).contains(new LaneRecord.VoidChunks(0, NAME, emitter.markCounter()));
    assertThat(events)
        .contains(new ReaderEvent.TableVoided(ATTEMPT, NAME, emitter.markCounter(), false));
  }

  @Test
  void aPlanThatComesAfterTheArmVoidsWhatWasReadUnderOtherColumns() {
    arm();
    transaction(() -> update(1, false));
    emitted.clear();
    emitter.wish(dumps(dump(4, schema("later"))));
    emitter.heartbeat(lsn, nanos);
    assertThat(emitted).contains(new LaneRecord.VoidChunks(0, NAME, emitter.markCounter()));
  }

  @Test
  void theLanesAreArmedBeforeTheFirstChangeAfterARestore() {
    arm();
    StreamSplit split = emitter.snapshot(1);
    assertThat(split.checkpoint()).isEqualTo(1);
    emitted.clear();
    events.clear();
    emitter = emitter(2, split);
    assertThat(events).first().isInstanceOf(ReaderEvent.StreamStarted.class);
    assertThat(((ReaderEvent.StreamStarted) events.get(0)).checkpoint()).isEqualTo(1);
    emitter.begin();
    assertThat(emitted).containsExactly(new LaneRecord.Arm(0, NAME), new LaneRecord.Arm(1, NAME));
    transaction(() -> update(1, false));
    assertThat(emitter.touchBytes()).isPositive();
  }

  @Test
  void aDumpThatEndsLeavesNothingBehind() {
    arm();
    transaction(() -> update(1, false));
    assertThat(emitter.touchBytes()).isPositive();
    emitter.wish(new Dumps(ATTEMPT, List.of(), 1, 1, 0));
    emitter.heartbeat(lsn, nanos);
    assertThat(emitted).contains(new LaneRecord.Disarm(0, NAME));
    assertThat(emitter.touchBytes()).isZero();
    assertThat(emitter.snapshot(1).tables()).allMatch(CapturedTables::isNameOnly);
    assertThat(events).noneMatch(ReaderEvent.RepairWanted.class::isInstance);
  }

  @Test
  void touchesAreBoundedWithinATransaction() {
    arm();
    begin();
    for (int i = 0; i < 1_000; i++) {
      update(i, false);
      assertThat(emitter.touchBytes()).isLessThanOrEqualTo(10_000);
    }
    assertThat(emitted).contains(new LaneRecord.VoidChunks(0, NAME, emitter.markCounter() + 1));
    commit();
    assertThat(events)
        .contains(new ReaderEvent.TableVoided(ATTEMPT, NAME, emitter.markCounter(), false));
  }

  @Test
  void aCapturedTableUnderANameThatIsNotCapturedIsToldToBeGoneAlsoAfterARestore() {
    TableSchema renamed = schema(new TableName("public", "other"), "v");
    transaction(() -> insertOf(renamed));
    assertThat(emitted)
        .as("never captured")
        .noneMatch(each -> each instanceof LaneRecord.Stream s && s.change() instanceof RowChange);
    transaction(() -> insert(1, false));
    emitter = emitter(1, emitter.snapshot(1));
    emitted.clear();
    transaction(() -> insertOf(renamed), () -> insertOf(renamed));
    assertThat(emitted)
        .filteredOn(
            each -> each instanceof LaneRecord.Stream s && s.change() instanceof SchemaChange)
        .singleElement()
        .satisfies(
            each -> {
              SchemaChange change = (SchemaChange) ((LaneRecord.Stream) each).change();
              assertThat(change.isGone()).isTrue();
              assertThat(change.before()).isEqualTo(SCHEMA);
              assertThat(change.position().ordinal()).isEqualTo(1);
            });
    assertThat(emitted)
        .noneMatch(each -> each instanceof LaneRecord.Stream s && s.change() instanceof RowChange);
    assertThat(events).containsOnlyOnce(new ReaderEvent.TableGone(NAME, 1));
  }

  @Test
  void tooManyTouchesVoidTheDumpAndPromisesFreeThem() {
    arm();
    transaction(() -> update(1, false), () -> update(2, false), () -> update(3, false));
    nanos += INTERVAL;
    emitter.heartbeat(lsn, nanos);
    assertThat(emitter.touchBytes()).isPositive();
    emitter.leastPromise(ATTEMPT, emitter.markCounter());
    assertThat(emitter.touchBytes()).isZero();
    Runnable[] many = new Runnable[100];
    Arrays.fill(many, (Runnable) () -> update(1, false));
    transaction(many);
    nanos += INTERVAL;
    emitter.heartbeat(lsn, nanos);
    nanos += INTERVAL;
    emitter.heartbeat(lsn, nanos);
    assertThat(emitted).anyMatch(each -> each instanceof LaneRecord.VoidChunks);
  }

  @Test
  void withSeveralLanesAKeyMoveIsADeleteAndAnInsertInTheirLanes() {
    emitter = emitter(64, START);
    begin();
    move(1, 2, false);
    List<LaneRecord.Stream> rows =
        emitted.stream()
            .filter(each -> each instanceof LaneRecord.Stream s && s.change() instanceof RowChange)
            .map(each -> (LaneRecord.Stream) each)
            .toList();
    assertThat(rows)
        .extracting(each -> ((RowChange) each.change()).op())
        .containsExactly(Op.DELETE, Op.INSERT);
    assertThat(rows.get(0).lane()).isNotEqualTo(rows.get(1).lane());
  }
}
