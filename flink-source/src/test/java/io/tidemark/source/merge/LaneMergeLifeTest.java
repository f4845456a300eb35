package io.tidemark.source.merge;

import static io.tidemark.source.merge.LaneHarness.U;
import static io.tidemark.source.merge.TestTable.copy;
import static io.tidemark.source.merge.TestTable.pgoutput;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.source.lane.ChunkId;
import io.tidemark.source.lane.LaneRecord;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a lane remembers, and for how long: one test for each rule. */
class LaneMergeLifeTest {
  private final LaneHarness lane = LaneHarness.armed();

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
  void evaluatedChunksAreToldOnceAndOthersAreNot() {
    lane.chunk(1, 1, "k", "1", "x");
    lane.end(2, 1, 11);
    lane.chunk(3, 1, "later", "1", "x");
    lane.end(4, 1, 31);
    lane.fail(3);
    lane.rows(5, 1, copy("not ended", "1", "x"));
    assertThat(lane.merge.takeEvaluated()).isEmpty();
    lane.mark(2);
    assertThat(lane.merge.takeEvaluated())
        .as("also one without rows")
        .containsExactly(new ChunkId(0, 7, 1), new ChunkId(0, 7, 2));
    assertThat(lane.merge.takeEvaluated()).isEmpty();
    lane.voidChunks(3);
    lane.mark(3);
    lane.mark(4);
    assertThat(lane.merge.takeEvaluated()).as("all were voided").isEmpty();
  }

  @Test
  void rowsTellTheRequestThatTheyWereReadFor() {
    lane.update("partial", "2", U);
    lane.rowsFor(-5, 1, 1, copy("partial", "1", "x"));
    lane.rowsFor(-5, 1, 1, copy("k", "1", "x"));
    lane.end(1, 1, 11);
    lane.rowsFor(6, 2, 1, copy("k", "1", "x"));
    lane.end(2, 1, 11);
    lane.rows(3, 1, copy("k", "1", "x"));
    lane.end(3, 1, 11);
    lane.mark(2);
    assertThat(lane.requests()).containsExactly(-5L, -5L, 6L, 0L);
    lane.insert("k", "2", "x");
    RowChange last = (RowChange) lane.emitted.get(lane.emitted.size() - 1);
    assertThat(last.dumpRequest()).isZero();
  }

  @Test
  void promisesOfAnotherNumberOfReadersAreVoid() {
    lane.promise(0, 1, 1);
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
}
