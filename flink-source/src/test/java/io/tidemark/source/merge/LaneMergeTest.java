package io.tidemark.source.merge;

import static io.tidemark.source.merge.LaneHarness.T;
import static io.tidemark.source.merge.LaneHarness.U;
import static io.tidemark.source.merge.LaneHarness.key;
import static io.tidemark.source.merge.TestTable.copy;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.KeyHasher;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.postgres.change.Begin;
import io.tidemark.postgres.change.Position;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.source.lane.RowBatch;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which rows of a chunk come out, when, and as what: one test for each rule. */
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
  void aRowWhoseKeyOnlySharesTheHashOfATouchedOneIsRead() {
    lane.update("k", "2", "x");
    byte[][] rows = {copy("k", "1", "x"), copy("l", "1", "x")};
    int hash = new KeyHasher(T).hash(rows[0]);
    lane.rows(1, 1, T, RowBatch.of(rows, new int[] {hash, hash}));
    lane.end(1, 1, 11);
    lane.mark(2);
    assertThat(lane.reads()).containsExactly(List.of("l", "1", "x"));
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
    assertThat(lane.counts.rowsDropped()).isEqualTo(1);
    assertThat(lane.counts.rowsEmitted()).isEqualTo(1);
  }

  private static List<String> nullable(String... values) {
    return java.util.Arrays.asList(values);
  }
}
