package io.tidemark.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a snapshot on the primary sees, by transaction ids. */
class SnapshotXidsTest {
  @Test
  void snapshotSeesWhatIsBelowXmaxAndNotInProgress() {
    SnapshotXids snapshot = SnapshotXids.parse("10:20:10,15");
    assertThat(snapshot.sees(9)).isTrue();
    assertThat(snapshot.sees(10)).isFalse();
    assertThat(snapshot.sees(11)).isTrue();
    assertThat(snapshot.sees(15)).isFalse();
    assertThat(snapshot.sees(19)).isTrue();
    assertThat(snapshot.sees(20)).isFalse();
    assertThat(SnapshotXids.parse("20:20:").sees(19)).isTrue();
  }

  @Test
  void idsCompareModuloTheirEpoch() {
    // xmax is 3 transactions into epoch 7; the stream says 32 bits.
    SnapshotXids snapshot =
        SnapshotXids.parse((7L << 32) - 5 + ":" + ((7L << 32) + 3) + ":" + ((7L << 32) - 2));
    assertThat(snapshot.sees(-3)).isTrue();
    assertThat(snapshot.sees(-2)).isFalse();
    assertThat(snapshot.sees(2)).isTrue();
    assertThat(snapshot.sees(3)).isFalse();
    assertThat(snapshot.sees(1_000_000)).isFalse();
    // Past 2^31, where signed comparison would turn around.
    assertThat(SnapshotXids.parse("2147483650:2147483650:").sees(Integer.MAX_VALUE)).isTrue();
    assertThat(SnapshotXids.parse("2147483640:2147483647:").sees(Integer.MIN_VALUE)).isFalse();
  }

  @Test
  void aSnapshotIsAfterWhatEndedBeforeItsOldestTransaction() {
    SnapshotXids snapshot = SnapshotXids.parse("10:20:10,12");
    assertThat(snapshot.isAfter(9)).isTrue();
    assertThat(snapshot.isAfter(10)).isFalse();
    assertThat(snapshot.isAfter(11)).as("10 is older and goes on").isFalse();
    assertThat(SnapshotXids.parse((7L << 32) + 3 + ":" + ((7L << 32) + 3) + ":").isAfter(-1))
        .isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1:2", "1:2:3:4", "a:2:", "1::", "1:2:3,", "1:2:,"})
  void otherTextIsNoSnapshot(String text) {
    assertThatThrownBy(() -> SnapshotXids.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }
}
