package io.tidemark.source.merge;

import static io.tidemark.source.merge.TestTable.copy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** What a lane holds, that it counts it, and when it lets go of it. */
class LaneMergeMemoryTest {
  private final LaneHarness lane = LaneHarness.armed();

  @Test
  void bufferedRowsAreCountedUntilTheyAreEvaluated() {
    lane.rows(1, 1, copy("k", "1", "x"), copy("l", "1", "x"));
    lane.rows(1, 1, copy("m", "1", "x"));
    lane.end(1, 1, 11);
    assertThat(lane.counts.bufferedRows()).isEqualTo(3);
    assertThat(lane.counts.bufferedBytes()).isPositive();
    assertThat(lane.counts.chunksEvaluated()).isZero();
    lane.mark(2);
    assertThat(lane.counts.chunksEvaluated()).isEqualTo(1);
    assertThat(lane.counts.bufferedRows()).isZero();
    assertThat(lane.counts.bufferedBytes()).isZero();
  }

  @Test
  void theTouchesOfADisarmedTableGoWithItsLastChunkIfThatFails() {
    lane.rows(1, 1, copy("k", "1", "x"));
    lane.update("k", "2", "x");
    lane.disarm();
    assertThat(lane.counts.touches()).isEqualTo(1);
    lane.fail(1);
    assertThat(lane.counts.touches()).isZero();
  }

  @Test
  void aDisarmedTableGoesWithItsLastChunkIfThatIsVoided() {
    lane.chunk(1, 1, "k", "1", "x");
    lane.disarm();
    lane.voidChunks(2);
    lane.update("k", "2", "x");
    assertThat(lane.counts.touches()).isZero();
  }

  @Test
  void touchesAreMeasuredWithTheirKeysAndTheValuesThatTheyKeep() {
    String key = "k".repeat(500);
    lane.update(key, "v".repeat(1_000), LaneHarness.U);
    assertThat(lane.counts.touchBytes()).isBetween(2_000L, 2_500L);
    lane.update(key, "v".repeat(1_000), "whole");
    assertThat(lane.counts.touchBytes()).isBetween(500L, 1_000L);
    assertThat(lane.counts.touches()).isEqualTo(1);
  }

  @Test
  void aTruncateLeavesNoTouch() {
    lane.update("k", "2", "x");
    lane.truncate();
    assertThat(lane.counts.touches()).isZero();
    assertThat(lane.counts.touchBytes()).isZero();
  }

  @Test
  void aVoidIsKeptAsLongAsOlderChunksCanCome() {
    lane.voidChunks(2);
    lane.promise(0, 1, 1);
    lane.mark(2);
    lane.chunk(1, 1, "late", "1", "x");
    lane.mark(3);
    assertThat(lane.reads()).isEmpty();
    lane.promise(0, 1, 2);
    lane.mark(4);
    assertThatThrownBy(() -> lane.chunk(2, 1, "later still", "1", "x"))
        .as("dropped no more, but refused")
        .hasMessageContaining("forgotten touches before 2");
  }

  @Test
  void anEvaluatedChunkIsKnownAsLongAsItsReaderCouldGoOnWithIt() {
    lane.mark(2);
    lane.chunk(1, 2, "k", "1", "x");
    lane.mark(3);
    lane.promise(0, 1, 2);
    lane.mark(4);
    assertThatThrownBy(() -> lane.rows(1, 2, copy("l", "1", "x")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("after its end");
    lane.promise(0, 1, 3);
    lane.mark(5);
    assertThatThrownBy(() -> lane.rows(1, 2, copy("l", "1", "x")))
        .as("it is too old for any lane")
        .hasMessageContaining("forgotten touches before 3");
  }
}
