package io.tidemark.source.reader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.dump.postgres.Column;
import io.tidemark.dump.postgres.PgType;
import io.tidemark.dump.postgres.TableName;
import io.tidemark.dump.postgres.TableSchema;
import io.tidemark.dump.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.dump.postgres.Tuple;
import io.tidemark.source.change.Begin;
import io.tidemark.source.change.Commit;
import io.tidemark.source.change.LogicalMessage;
import io.tidemark.source.change.Op;
import io.tidemark.source.change.Position;
import io.tidemark.source.change.RowChange;
import io.tidemark.source.change.Truncate;
import io.tidemark.source.event.EnumeratorEvent.ActiveDump;
import io.tidemark.source.event.EnumeratorEvent.Dumps;
import io.tidemark.source.event.ReaderEvent;
import io.tidemark.source.record.LaneRecord;
import io.tidemark.source.setup.RefusedException;
import io.tidemark.source.split.StreamSplit;
import io.tidemark.source.split.UnseenXids;
import io.tidemark.source.stream.StreamPosition;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StreamEmitterTest {
  private static final long ATTEMPT = 9;
  private static final long INTERVAL = 100;
  private static final TableName NAME = new TableName("public", "t");
  private static final TableSchema SCHEMA = schema("v");
  private static final TableSchema KEYED_BY_BOTH =
      new TableSchema(1, NAME, ReplicaIdentity.INDEX, SCHEMA.columns(), 0, 1);
  private static final StreamSplit START =
      new StreamSplit(new StreamPosition(100, 0, 0, 0), 1, 1, 0, 0, List.of(), UnseenXids.NONE);

  private final List<LaneRecord> emitted = new ArrayList<>();
  private final List<ReaderEvent> events = new ArrayList<>();
  private StreamEmitter emitter = emitter(1, START);
  private long lsn = 1000;
  private long ordinal;
  private long nanos;

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
  }

  @Test
  void aTransactionThatACheckpointCutIsOpenUntilItsCommit() {
    begin();
    insert(1, false);
    StreamSplit cut = emitter.snapshot(1);
    assertThat(cut.position()).isEqualTo(new StreamPosition(100, lsn, 1, lsn + 1));
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
    assertThat(emitter.snapshot(1).position()).isEqualTo(new StreamPosition(100, lsn, 1, lsn + 1));
    message();
    assertThat(emitter.snapshot(2).position()).isEqualTo(new StreamPosition(100, lsn, 2, lsn + 2));
  }

  @Test
  void theArmComesBeforeTheMarkThatIsReportedForIt() {
    emitter.heartbeat(200, nanos);
    emitter.wish(dumps(dump(4)));
    emitter.heartbeat(200, nanos);
    assertThat(emitted.get(1)).isEqualTo(new LaneRecord.Arm(0, NAME));
    assertThat(emitted.get(2)).isInstanceOf(LaneRecord.Marked.class);
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
    emitter.wish(new Dumps(ATTEMPT + 1, List.of(dump(4)), 1, 1, false));
    emitter.heartbeat(200, nanos);
    assertThat(emitted).noneMatch(each -> each instanceof LaneRecord.Arm);
  }

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
  void aVoidThatACheckpointCutIsMadeUpFor() {
    arm();
    begin();
    emitter.accept(RowChange.insert(schema("w"), row(1, false), origin()), lsn, nanos);
    StreamSplit cut = emitter.snapshot(1);
    emitted.clear();
    emitter = emitter(1, cut);
    commit();
    assertThat(emitted).contains(new LaneRecord.VoidChunks(0, NAME, emitter.markCounter()));
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
    emitter.wish(new Dumps(ATTEMPT, List.of(), 1, 1, false));
    commit();
    assertThat(emitted).as("it stays armed").noneMatch(LaneRecord.Disarm.class::isInstance);
    assertThat(events)
        .contains(new ReaderEvent.TableVoided(ATTEMPT, NAME, emitter.markCounter(), true));
    emitter.wish(dumps(dump(5)));
    emitter.heartbeat(lsn, nanos);
    assertThat(events).contains(new ReaderEvent.TableArmed(ATTEMPT, 5, emitter.markCounter()));
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
    emitter.heartbeat(200, nanos);
    emitter.wish(dumps(dump(4, KEYED_BY_BOTH)));
    emitter.heartbeat(200, nanos);
    transaction(() -> insert(1, true));
    events.clear();
    emitter.wish(dumps(new ActiveDump(4, KEYED_BY_BOTH, 2, 0, 1, false, 0, true, lsn)));
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
    transaction(() -> insert(1, true), this::updateByBoth);
    assertThat(emitter.keysToRepair()).isEqualTo(1);
    if (restored) {
      StreamSplit split = emitter.snapshot(1);
      events.clear();
      emitter = emitter(1, split);
      assertThat(events)
          .containsExactly(
              new ReaderEvent.StreamStarted(
                  ATTEMPT, List.of(new ReaderEvent.ArmedTable(NAME, 0, -1, 0))));
    }
    emitter.wish(dumps(dump(4, KEYED_BY_BOTH)));
    emitter.heartbeat(lsn, nanos);
    assertGivenUp();
    emitter.wish(dumps(dump(5, KEYED_BY_BOTH)));
    emitter.heartbeat(lsn, nanos);
    assertThat(events).contains(new ReaderEvent.TableArmed(ATTEMPT, 5, emitter.markCounter()));
  }

  @Test
  void aTruncateLeavesNothingToReadUnderAnotherKey() {
    transaction(() -> insert(1, true), this::updateByBoth, this::truncate);
    emitter.wish(dumps(dump(4, KEYED_BY_BOTH)));
    emitter.heartbeat(lsn, nanos);
    assertThat(events).noneMatch(ReaderEvent.TableVoided.class::isInstance);
  }

  private void assertGivenUp() {
    assertThat(emitter.keysToRepair()).isZero();
    assertThat(events)
        .contains(new ReaderEvent.TableVoided(ATTEMPT, NAME, emitter.markCounter(), true));
  }

  @Test
  void aCapturedTableUnderANameThatIsNotCapturedIsRefusedAlsoAfterARestore() {
    TableSchema renamed = schema(new TableName("public", "other"), "v");
    transaction(
        () -> emitter.accept(RowChange.insert(renamed, row(2, false), origin()), lsn, nanos));
    assertThat(emitted)
        .as("never captured")
        .noneMatch(each -> each instanceof LaneRecord.Stream s && s.change() instanceof RowChange);
    transaction(() -> insert(1, false));
    emitter = emitter(1, emitter.snapshot(1));
    begin();
    RowChange change = RowChange.insert(renamed, row(2, false), origin());
    assertThatThrownBy(() -> emitter.accept(change, lsn, nanos))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("public.t was renamed to public.other")
        .hasMessageContaining("Add 'public.other' to the tables");
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
            .filter(each -> each instanceof LaneRecord.Stream)
            .map(each -> (LaneRecord.Stream) each)
            .toList();
    assertThat(rows)
        .extracting(each -> ((RowChange) each.change()).op())
        .containsExactly(Op.DELETE, Op.INSERT);
    assertThat(rows.get(0).lane()).isNotEqualTo(rows.get(1).lane());
  }

  @Test
  void marksCarryTheBarrierThatTheyFollow() {
    emitter.snapshot(17);
    emitter.heartbeat(200, nanos);
    LaneRecord.Marked marked = (LaneRecord.Marked) emitted.get(0);
    assertThat(marked.mark().barrier()).isEqualTo(17);
  }

  private StreamEmitter emitter(int lanes, StreamSplit from) {
    StreamEmitter.Options options =
        new StreamEmitter.Options(lanes, INTERVAL, 10_000, 1000, true, false, NAME::equals);
    return new StreamEmitter(options, from, ATTEMPT, emitted::add, events::add, XidLog.NONE);
  }

  private void arm() {
    emitter.heartbeat(200, nanos);
    emitter.wish(dumps(dump(4)));
    emitter.heartbeat(200, nanos);
  }

  private static Dumps dumps(ActiveDump dump) {
    return new Dumps(ATTEMPT, List.of(dump), 1, 1, false);
  }

  private static ActiveDump dump(long id) {
    return dump(id, SCHEMA);
  }

  private static ActiveDump dump(long id, TableSchema planned) {
    return new ActiveDump(id, planned, -1, 0, 0, false, 0, false, 0);
  }

  private static ActiveDump repair(int round, boolean all, int finished, long high) {
    return new ActiveDump(4, SCHEMA, 2, 0, round, all, finished, true, high);
  }

  private List<byte[]> keys(int round) {
    for (ReaderEvent event : events) {
      if (event instanceof ReaderEvent.KeysToRepair keys && keys.round() == round) {
        return keys.keys();
      }
    }
    return null;
  }

  private List<Long> marks() {
    return emitted.stream()
        .filter(each -> each instanceof LaneRecord.Marked)
        .map(each -> ((LaneRecord.Marked) each).mark().lsn())
        .toList();
  }

  private void transaction(Runnable... changes) {
    begin();
    for (Runnable change : changes) {
      change.run();
    }
    commit();
  }

  private void begin() {
    lsn += 100;
    ordinal = 0;
    emitter.accept(new Begin(new Position(lsn, 0), 1, 1), lsn, nanos);
  }

  private void commit() {
    lsn += 10;
    emitter.accept(new Commit(new Position(lsn - 10, ordinal + 1), lsn, 1), lsn, nanos);
  }

  private RowChange.Origin origin() {
    return new RowChange.Origin(lsn, ++ordinal, 1, 1);
  }

  private void insert(int key, boolean partial) {
    RowChange change = RowChange.insert(SCHEMA, row(key, partial), origin());
    emitter.accept(change, lsn + ordinal, nanos);
  }

  private void update(int key, boolean partial) {
    RowChange change = RowChange.update(SCHEMA, row(key, partial), null, false, origin());
    emitter.accept(change, lsn + ordinal, nanos);
  }

  private void move(int from, int to, boolean partial) {
    RowChange change = RowChange.update(SCHEMA, row(to, partial), keyTuple(from), false, origin());
    emitter.accept(change, lsn + ordinal, nanos);
  }

  private void updateByBoth() {
    RowChange change = RowChange.update(KEYED_BY_BOTH, row(2, false), null, false, origin());
    emitter.accept(change, lsn + ordinal, nanos);
  }

  private void truncate() {
    Position position = new Position(lsn, ++ordinal);
    emitter.accept(new Truncate(position, 1, 1, SCHEMA, false, false), lsn + ordinal, nanos);
  }

  private void message() {
    Position position = new Position(lsn, ++ordinal);
    emitter.accept(new LogicalMessage(position, 1, true, "p", new byte[0]), lsn + ordinal, nanos);
  }

  private void delete(int key) {
    RowChange change = RowChange.delete(SCHEMA, keyTuple(key), false, origin());
    emitter.accept(change, lsn + ordinal, nanos);
  }

  private static TableSchema schema(String second) {
    return schema(NAME, second);
  }

  private static TableSchema schema(TableName name, String second) {
    return new TableSchema(
        1,
        name,
        ReplicaIdentity.DEFAULT,
        List.of(
            new Column("id", PgType.base(23, "integer"), -1),
            new Column(second, PgType.base(25, "text"), -1)),
        0);
  }

  private static Tuple row(int key, boolean partial) {
    ByteBuffer bytes = ByteBuffer.allocate(partial ? 12 : 17);
    bytes.putShort((short) 2).put((byte) 'b').putInt(4).putInt(key);
    if (partial) {
      bytes.put((byte) 'u');
    } else {
      bytes.put((byte) 'b').putInt(1).put((byte) 'x');
    }
    return new Tuple(bytes.array(), 0, bytes.position(), Tuple.Layout.PGOUTPUT);
  }

  private static Tuple keyTuple(int key) {
    ByteBuffer bytes = ByteBuffer.allocate(12);
    bytes.putShort((short) 2).put((byte) 'b').putInt(4).putInt(key).put((byte) 'n');
    return new Tuple(bytes.array(), 0, 12, Tuple.Layout.PGOUTPUT);
  }
}
