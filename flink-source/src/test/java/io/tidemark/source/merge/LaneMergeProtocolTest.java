package io.tidemark.source.merge;

import static io.tidemark.source.merge.LaneHarness.FULL;
import static io.tidemark.source.merge.LaneHarness.NAME;
import static io.tidemark.source.merge.LaneHarness.T;
import static io.tidemark.source.merge.LaneHarness.U;
import static io.tidemark.source.merge.TestTable.copy;
import static io.tidemark.source.merge.TestTable.pgoutput;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.postgres.change.RowChange;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a lane refuses, and that it says of which chunk. */
class LaneMergeProtocolTest {
  private final LaneHarness lane = LaneHarness.armed();

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
  void aChangeOfColumnsThatAVoidToldOfIsNoNews() {
    TableSchema wider = TestTable.schema("t", ReplicaIdentity.DEFAULT, "id", "a", "toast", "b");
    lane.update("k", "1", "x");
    lane.voidChunks(2);
    lane.mark(2);
    lane.update(wider, null, "k", "1", U, "new");
    lane.rows(1, 2, wider, copy("k", "1", "x", "old"));
    lane.end(1, 2, 21);
    lane.mark(3);
    assertThat(lane.reads()).containsExactly(List.of("k", "1", "x", "new"));
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
    refuses(() -> lane.rowsFor(5, 2, 3, copy("l", "1", "x")), "chunk 7/2", "two dump requests");
    refuses(() -> lane.end(2, 2, 21), "chunk 7/2", "mark 2 at 0/14");
    TableSchema other = TestTable.schema("other", ReplicaIdentity.DEFAULT, "id");
    refuses(() -> lane.rows(2, 3, other, copy("l")), "chunk 7/2", "a record of public.other");
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
}
