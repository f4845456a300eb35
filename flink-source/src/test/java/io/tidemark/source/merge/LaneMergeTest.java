package io.tidemark.source.merge;

import static io.tidemark.source.merge.LaneHarness.FULL;
import static io.tidemark.source.merge.LaneHarness.NAME;
import static io.tidemark.source.merge.LaneHarness.T;
import static io.tidemark.source.merge.LaneHarness.U;
import static io.tidemark.source.merge.LaneHarness.key;
import static io.tidemark.source.merge.TestTable.copy;
import static io.tidemark.source.merge.TestTable.pgoutput;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.dump.postgres.TableSchema;
import io.tidemark.dump.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.source.change.Begin;
import io.tidemark.source.change.Position;
import io.tidemark.source.change.RowChange;
import io.tidemark.source.record.LaneRecord;
import java.util.List;
import org.junit.jupiter.api.Test;

/** One test for each rule of the merge. */
class LaneMergeTest {
  private final LaneHarness lane = LaneHarness.armed();

  @Test
  void streamChangesGoOutAtOnce() {
    lane.chunk(1, 1, "k", "1", "x");
    Begin begin = new Begin(new Position(5, 0), 0, 1);
    lane.stream(begin);
    lane.insert("n", "1", "x");
    assertThat(lane.emitted).hasSize(2).startsWith(begin);
  }

  @Test
  void anUntouchedRowIsReadAtTheMarkThatReachesHigh() {
    lane.rows(1, 1, copy("k", "1", "x"), copy("l", null, ""));
    lane.end(1, 1, 25);
    lane.mark(2);
    assertThat(lane.emitted).isEmpty();
    lane.mark(3);
    assertThat(lane.reads()).containsExactly(List.of("k", "1", "x"), nullable("l", null, ""));
    assertThat(lane.emitted.get(0).position()).isEqualTo(new Position(30, 0));
    lane.mark(4);
    assertThat(lane.emitted).hasSize(2);
  }

  @Test
  void aChunkWaitsForItsEnd() {
    lane.rows(1, 1, copy("k", "1", "x"));
    lane.mark(2);
    lane.rows(1, 1, copy("l", "1", "x"));
    lane.mark(3);
    assertThat(lane.emitted).isEmpty();
    lane.end(1, 1, 11);
    assertThat(lane.emitted).as("between marks a transaction may be open").isEmpty();
    lane.mark(4);
    assertThat(lane.reads()).hasSize(2);
  }

  @Test
  void lsnsCompareUnsigned() {
    lane.rows(1, 1, copy("k", "1", "x"));
    lane.end(1, 1, 0x8000_0000_0000_0000L);
    lane.mark(2);
    assertThat(lane.reads()).isEmpty();
    lane.markAt(3, 0x8000_0000_0000_0001L);
    assertThat(lane.reads()).hasSize(1);
  }

  @Test
  void aChunkThatRunsAheadOfTheStreamWaitsForItsOwnMark() {
    lane.rows(1, 3, copy("k", "1", "x"));
    lane.end(1, 3, 15);
    lane.mark(2);
    assertThat(lane.reads()).isEmpty();
    lane.mark(3);
    assertThat(lane.reads()).hasSize(1);
  }

  @Test
  void rowsOfAnotherAttemptAreNotEvaluated() {
    lane.chunk(1, 1, "k", "1", "x");
    lane.attempt = 2;
    lane.mark(2);
    assertThat(lane.reads()).isEmpty();
  }

  @Test
  void aRowWhoseNewImageWasStreamedSinceTheMarkIsDropped() {
    lane.rows(1, 1, copy("u", "1", "x"), copy("i", "1", "x"), copy("d", "1", "x"));
    lane.end(1, 1, 11);
    lane.update("u", "2", "y");
    lane.insert("i", "2", "y");
    lane.delete("d");
    lane.mark(2);
    assertThat(lane.reads()).isEmpty();
    assertThat(lane.counts.rowsDropped()).isEqualTo(3);
  }

  @Test
  void aTouchBeforeTheMarkDoesNotCount() {
    lane.update("k", "1", "x");
    lane.delete("l");
    lane.mark(2);
    lane.rows(1, 2, copy("k", "1", "x"), copy("l", "1", "x"));
    lane.end(1, 2, 21);
    lane.mark(3);
    assertThat(lane.reads()).hasSize(2);
  }

  @Test
  void aPartialUpdateCompletesTheRow() {
    lane.chunk(1, 1, "k", "1", "x");
    lane.update("k", "2", U);
    lane.mark(2);
    assertThat(lane.reads()).containsExactly(List.of("k", "2", "x"));
    assertThat(lane.counts.rowsCompleted()).isEqualTo(1);
  }

  @Test
  void partialUpdatesOverlayWhatIsKnown() {
    lane.update("k", "2", "y");
    lane.mark(2);
    lane.update("k", "3", U);
    lane.update("k", U, "z");
    lane.update("k", U, U);
    lane.chunk(1, 2, "k", "1", "y");
    lane.mark(3);
    assertThat(lane.reads()).isEqualTo(List.of(List.of("k", "3", "z")));
  }

  @Test
  void aPartialUpdateAfterAWholeImageSinceTheMarkDropsTheRow() {
    lane.chunk(1, 1, "k", "1", "old");
    lane.update("k", "2", "new");
    lane.update("k", "3", U);
    lane.mark(2);
    assertThat(lane.reads()).isEmpty();
  }

  @Test
  void whatAWholeImageToldIsNotOverlaidByWhatWasKnownBefore() {
    lane.update("k", U, "older");
    lane.update("k", "2", "old");
    lane.mark(2);
    lane.update("k", "3", U);
    lane.chunk(1, 2, "k", "2", "old");
    lane.mark(3);
    assertThat(lane.reads()).containsExactly(List.of("k", "3", "old"));
  }

  @Test
  void aReincarnatedPartialRowIsDropped() {
    lane.chunk(1, 1, "k", "1", "of another row");
    lane.delete("k");
    lane.insert("k", "2", U);
    lane.update("k", "3", U);
    lane.mark(2);
    assertThat(lane.reads()).isEmpty();
  }

  @Test
  void aRowDeletedSinceItsPartialUpdateIsDropped() {
    lane.chunk(1, 1, "k", "1", "x");
    lane.update("k", "2", U);
    lane.delete("k");
    lane.mark(2);
    assertThat(lane.reads()).isEmpty();
  }

  @Test
  void aReincarnationBeforeTheMarkLeavesNothingKnownOfTheRowBefore() {
    lane.update("k", U, "of another row");
    lane.delete("k");
    lane.insert("k", "2", U);
    lane.mark(2);
    lane.update("k", "3", U);
    lane.chunk(1, 2, "k", "2", "its own");
    lane.mark(3);
    assertThat(lane.reads()).containsExactly(List.of("k", "3", "its own"));
  }

  @Test
  void aDeletedRowIsNotCompletedByWhatComesUnderItsKey() {
    lane.chunk(1, 1, "k", "1", "of another row");
    lane.delete("k");
    lane.update("k", "3", U);
    lane.mark(2);
    assertThat(lane.reads()).isEmpty();
  }

  @Test
  void aDeleteLeavesNothingKnown() {
    lane.update("k", U, "of another row");
    lane.delete("k");
    lane.mark(2);
    lane.update("k", "3", U);
    lane.chunk(1, 2, "k", "2", "its own");
    lane.mark(3);
    assertThat(lane.reads()).containsExactly(List.of("k", "3", "its own"));
  }

  @Test
  void aTakeOverLeavesNothingKnownOfTheRowBefore() {
    lane.update("k", U, "of another row");
    lane.update(T, key("from"), "k", "2", U);
    lane.mark(2);
    lane.update("k", "3", U);
    lane.chunk(1, 2, "k", "2", "its own");
    lane.mark(3);
    assertThat(lane.reads()).containsExactly(List.of("k", "3", "its own"));
  }

  @Test
  void aKeyChangeDropsBothKeys() {
    lane.rows(1, 1, copy("from", "1", "x"), copy("to", "1", "of another row"));
    lane.end(1, 1, 11);
    lane.update(T, key("from"), "to", "2", U);
    lane.mark(2);
    assertThat(lane.reads()).isEmpty();
    assertThat(lane.counts.touches()).isEqualTo(2);
  }

  @Test
  void anOldKeyThatEqualsTheNewOneIsNoMove() {
    lane.chunk(1, 1, "k", "1", "x");
    lane.update(T, key("k"), "k", "2", U);
    lane.mark(2);
    assertThat(lane.reads()).containsExactly(List.of("k", "2", "x"));
  }

  @Test
  void theWholeOldRowMakesAnImageWhole() {
    lane.rows(1, 1, FULL, copy("k", "1", "stale"));
    lane.end(1, 1, 11);
    lane.update(FULL, pgoutput(FULL, "k", "1", "x"), "k", "2", U);
    lane.mark(2);
    assertThat(lane.reads()).isEmpty();
  }

  @Test
  void aCompletedRowKeepsTextAsText() {
    TableSchema schema = TestTable.schema("t", ReplicaIdentity.DEFAULT, "id", "a", "acl");
    lane.rows(1, 1, schema, copy("k", "1", "me=r/me"));
    lane.end(1, 1, 11);
    lane.update(schema, key("k"), "k", null, U);
    lane.mark(2);
    RowChange read = (RowChange) lane.emitted.get(1);
    assertThat(TestTable.values(read.newTuple())).isEqualTo(nullable("k", null, "me=r/me"));
    assertThat(read.newTuple().isText(0, TestTable.TEXT)).isFalse();
    assertThat(read.newTuple().isText(2, TestTable.ACL)).isTrue();
  }

  @Test
  void aTruncateSinceTheMarkDropsAll() {
    lane.chunk(1, 1, "k", "1", "x");
    lane.chunk(2, 2, "l", "1", "x");
    lane.truncate();
    lane.mark(2);
    lane.mark(3);
    assertThat(lane.reads()).containsExactly(List.of("l", "1", "x"));
  }

  @Test
  void anotherTablesChangesAndTruncatesLeaveNothing() {
    TableSchema other = TestTable.schema("other", ReplicaIdentity.DEFAULT, "id");
    lane.stream(RowChange.insert(other, pgoutput(other, "k"), lane.origin()));
    lane.insert("k", "1", "x");
    lane.stream(RowChange.insert(other, pgoutput(other, "k"), lane.origin()));
    assertThat(lane.counts.touches()).isEqualTo(1);
  }

  @Test
  void aTableIsRecordedFromItsArmingOn() {
    TableSchema other = TestTable.schema("other", ReplicaIdentity.DEFAULT, "id");
    lane.stream(RowChange.insert(other, pgoutput(other, "k"), lane.origin()));
    lane.merge.accept(new LaneRecord.Arm(0, other.name()));
    lane.stream(RowChange.insert(other, pgoutput(other, "l"), lane.origin()));
    assertThat(lane.counts.touches()).isEqualTo(1);
    lane.merge.accept(new LaneRecord.Disarm(0, other.name()));
    lane.stream(RowChange.insert(other, pgoutput(other, "m"), lane.origin()));
    assertThat(lane.counts.touches()).isZero();
  }

  @Test
  void aVoidDropsOlderChunksThoseStillToComeIncluded() {
    lane.chunk(1, 1, "buffered", "1", "x");
    lane.rows(2, 1, copy("half", "1", "x"));
    lane.chunk(3, 2, "of the new mark", "1", "x");
    lane.voidChunks(2);
    lane.rows(2, 1, copy("other half", "1", "x"));
    lane.end(2, 1, 11);
    lane.chunk(4, 1, "late", "1", "x");
    lane.mark(2);
    lane.chunk(5, 1, "very late", "1", "x");
    lane.mark(3);
    assertThat(lane.reads()).containsExactly(List.of("of the new mark", "1", "x"));
    assertThat(lane.counts.chunksVoided()).isEqualTo(2);
    assertThat(lane.counts.bufferedBytes()).isZero();
  }

  @Test
  void aVoidForgetsTouches() {
    lane.update("k", "1", "x");
    lane.voidChunks(2);
    assertThat(lane.counts.touches()).isZero();
  }

  @Test
  void aVoidSparesOtherTables() {
    lane.chunk(1, 1, "k", "1", "x");
    lane.merge.accept(new LaneRecord.VoidChunks(0, TestTable.name("other"), 2));
    lane.mark(2);
    assertThat(lane.reads()).hasSize(1);
  }

  @Test
  void aFailedAttemptIsDropped() {
    lane.rows(1, 1, copy("k", "1", "x"));
    lane.chunk(2, 1, "l", "1", "x");
    lane.fail(1);
    lane.fail(2);
    lane.fail(99);
    lane.chunk(3, 1, "m", "1", "x");
    lane.mark(2);
    assertThat(lane.reads()).containsExactly(List.of("m", "1", "x"));
    assertThat(lane.counts.chunksFailed()).isEqualTo(2);
    assertThat(lane.counts.bufferedBytes()).isZero();
  }

  @Test
  void touchesAreForgottenOnceAllReadersHavePromised() {
    lane.update("k", "1", "x");
    lane.mark(2);
    lane.update("l", "1", "x");
    lane.promise(0, 2, 2);
    lane.mark(3);
    assertThat(lane.counts.touches()).as("reader 1 has not promised").isEqualTo(2);
    lane.promise(1, 2, 3);
    lane.mark(4);
    assertThat(lane.counts.touches()).as("the touch at the promised mark counts").isEqualTo(1);
    lane.promise(0, 2, 4);
    lane.promise(1, 2, 4);
    lane.mark(5);
    assertThat(lane.counts.touches()).isZero();
    assertThat(lane.counts.touchBytes()).isZero();
  }

  @Test
  void aKeyTouchedAgainIsForgottenByItsLastTouch() {
    lane.update("k", "1", "x");
    lane.update("l", "1", "x");
    lane.mark(2);
    lane.update("k", "2", "x");
    lane.promise(0, 1, 2);
    lane.mark(3);
    lane.chunk(1, 2, "k", "1", "x");
    lane.mark(4);
    assertThat(lane.reads()).isEmpty();
    assertThat(lane.counts.touches()).isEqualTo(1);
  }

  @Test
  void bufferedChunksKeepTouches() {
    lane.rows(1, 1, copy("k", "1", "x"));
    lane.update("k", "2", "x");
    lane.mark(2);
    lane.promise(0, 1, 2);
    lane.mark(3);
    lane.end(1, 1, 11);
    lane.mark(4);
    assertThat(lane.reads()).isEmpty();
    assertThat(lane.counts.touches()).as("no longer needed").isZero();
  }

  @Test
  void disarmingForgetsTouches() {
    lane.update("k", "1", "x");
    lane.disarm();
    lane.disarm();
    assertThat(lane.counts.touches()).isZero();
    lane.update("k", "1", "x");
    assertThat(lane.counts.touches()).isZero();
    lane.arm();
    lane.update("k", "1", "x");
    assertThat(lane.counts.touches()).isEqualTo(1);
  }

  @Test
  void disarmingSparesBufferedChunks() {
    lane.chunk(1, 1, "k", "1", "x");
    lane.disarm();
    lane.update("k", "2", "x");
    lane.mark(2);
    assertThat(lane.reads()).isEmpty();
    assertThat(lane.counts.touches()).isZero();
  }

  @Test
  void armingTwiceKeepsTouches() {
    lane.chunk(1, 1, "k", "1", "x");
    lane.update("k", "2", "x");
    lane.arm();
    lane.mark(2);
    assertThat(lane.reads()).isEmpty();
  }

  @Test
  void aRestoredLaneGoesOn() {
    lane.update("partial", "2", U);
    lane.update("whole", "2", "y");
    lane.rows(1, 1, copy("partial", "1", "x"), copy("whole", "1", "x"), copy("k", "1", "x"));
    lane.end(1, 1, 11);
    lane.rows(2, 1, copy("not ended", "1", "x"));
    lane.restore();
    lane.mark(2);
    assertThat(lane.reads()).containsExactly(List.of("partial", "2", "x"), List.of("k", "1", "x"));
  }

  @Test
  void aRestoredChunkCountsTouchesFromTheCutOn() {
    lane.chunk(1, 3, "k", "read after marks that the lane has not seen", "x");
    lane.restore();
    lane.update("k", "2", "x");
    lane.mark(2);
    lane.mark(3);
    lane.mark(4);
    assertThat(lane.reads()).isEmpty();
  }

  @Test
  void aRestoredChunkIsVoidWithAnyVoid() {
    lane.chunk(1, 3, "k", "1", "x");
    lane.restore();
    lane.voidChunks(2);
    lane.mark(2);
    lane.mark(4);
    assertThat(lane.reads()).isEmpty();
  }

  @Test
  void aRestoredChunkArmsItsTable() {
    LaneHarness ahead = new LaneHarness();
    ahead.chunk(1, 1, "k", "1", "x");
    ahead.restore();
    ahead.update("k", "2", "x");
    ahead.arm();
    ahead.mark(1);
    ahead.mark(2);
    assertThat(ahead.counts.chunksEvaluated()).isEqualTo(1);
    assertThat(ahead.reads()).isEmpty();
  }

  @Test
  void aRestoredTruncateStillCounts() {
    lane.chunk(1, 1, "k", "1", "x");
    lane.truncate();
    lane.restore();
    lane.mark(2);
    assertThat(lane.reads()).isEmpty();
  }

  @Test
  void aRestoredVoidStillCounts() {
    lane.voidChunks(4);
    lane.restore();
    lane.chunk(1, 3, "k", "1", "x");
    lane.mark(4);
    assertThat(lane.reads()).isEmpty();
  }

  @Test
  void promisesAreNotRestored() {
    lane.promise(0, 1, 9);
    lane.restore();
    lane.update("k", "2", "x");
    lane.chunk(1, 1, "k", "1", "x");
    lane.mark(2);
    assertThat(lane.counts.touches()).isEqualTo(1);
    lane.promise(2, 3, 9);
    lane.promise(0, 3, 9);
    lane.mark(3);
    assertThat(lane.counts.touches()).isEqualTo(1);
    lane.promise(1, 3, 9);
    lane.mark(4);
    assertThat(lane.counts.touches()).isZero();
  }

  @Test
  void aChangeOfColumnsIsFollowedByAVoid() {
    TableSchema wider = TestTable.schema("t", ReplicaIdentity.DEFAULT, "id", "a", "toast", "b");
    lane.update("k", "1", U);
    lane.chunk(1, 1, "k", "1", "x");
    lane.update(wider, null, "k", "1", U, "new");
    lane.voidChunks(2);
    lane.mark(2);
    lane.rows(2, 2, wider, copy("k", "1", "x", "new"));
    lane.end(2, 2, 21);
    lane.mark(3);
    assertThat(lane.reads()).containsExactly(List.of("k", "1", "x", "new"));
  }

  @Test
  void aChangeOfColumnsWithoutAVoidIsRefused() {
    TableSchema wider = TestTable.schema("t", ReplicaIdentity.DEFAULT, "id", "a", "toast", "b");
    lane.update("k", "1", U);
    lane.chunk(1, 1, "k", "1", "x");
    lane.update(wider, null, "k", "1", U, "new");
    refuses(() -> lane.mark(2), "chunk 7/1 of public.t", "outlived a change");
  }

  @Test
  void differentKeysAreRefused() {
    TableSchema other = TestTable.schema("t", ReplicaIdentity.DEFAULT, "other", "a", "toast");
    lane.update("k", "1", "x");
    lane.rows(1, 1, other, copy("k", "1", "x"));
    lane.end(1, 1, 11);
    refuses(() -> lane.mark(2), "chunk 7/1 of public.t", "[other]", "[id]");
  }

  @Test
  void differentColumnsDoNotCompleteARow() {
    TableSchema other = TestTable.schema("t", ReplicaIdentity.DEFAULT, "id", "toast", "a");
    lane.update("k", "1", U);
    lane.rows(1, 1, other, copy("k", "x", "1"));
    lane.end(1, 1, 11);
    refuses(() -> lane.mark(2), "chunk 7/1 of public.t", "other columns");
  }

  @Test
  void breachesOfTheProtocolNameTheChunk() {
    lane.mark(2);
    lane.chunk(1, 2, "k", "1", "x");
    refuses(() -> lane.rows(1, 2, copy("l", "1", "x")), "chunk 7/1", "rows after its end");
    refuses(() -> lane.end(1, 2, 21), "chunk 7/1", "ended twice");
    lane.mark(3);
    refuses(() -> lane.rows(1, 2, copy("l", "1", "x")), "chunk 7/1", "after its end");
    lane.rows(2, 3, copy("l", "1", "x"));
    refuses(() -> lane.rows(2, 2, copy("l", "1", "x")), "chunk 7/2", "mark 2 at 0/14");
    refuses(() -> lane.rows(2, 3, FULL, copy("l", "1", "x")), "chunk 7/2", "two schemas");
    lane.fail(2);
    lane.promise(0, 1, 3);
    lane.mark(4);
    refuses(() -> lane.chunk(3, 2, "k", "1", "x"), "chunk 7/3", "forgotten touches before 3");
    refuses(() -> lane.mark(4), "mark 4", "must grow");
    refuses(() -> lane.voidChunks(4), "after mark 4");
    refuses(() -> lane.promise(3, 3, 1), "reader 3 of 3");
  }

  @Test
  void aChunkOfATableThatIsNotArmedIsRefused() {
    lane.disarm();
    lane.chunk(1, 1, "k", "1", "x");
    refuses(() -> lane.mark(2), "chunk 7/1 of public.t", "not armed");
  }

  @Test
  void aChunkOlderThanTheArmingIsRefused() {
    lane.disarm();
    lane.arm();
    lane.chunk(1, 1, "k", "1", "x");
    refuses(() -> lane.mark(2), "chunk 7/1 of public.t", "older than the arming");
  }

  @Test
  void dumpedRowsInTheStreamAreRefused() {
    refuses(() -> lane.stream(RowChange.read(T, pgoutput(T, "k", "1", "x"), 1)), NAME.toString());
  }

  private static void refuses(Runnable action, String... parts) {
    assertThatThrownBy(action::run)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContainingAll(parts);
  }

  private static List<String> nullable(String... values) {
    return java.util.Arrays.asList(values);
  }
}
