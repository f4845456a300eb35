package io.tidemark.dump.chunk;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What a snapshot on a standby sees at most. */
class HighLsnTest {
  @Test
  void replayThatMovedSinceTheSnapshotIsHigh() {
    assertThat(HighLsn.onStandby(state(10, 50), state(11, 60))).hasValue(11);
    assertThat(HighLsn.onStandby(state(10, 0), state(11, 0))).hasValue(11);
  }

  @Test
  void replayThatHasAllThatWasReceivedIsHigh() {
    assertThat(HighLsn.onStandby(state(10, 10), state(10, 10))).hasValue(10);
  }

  @Test
  void replayThatStandsBeforeWhatWasReceivedMayBeARecordShort() {
    assertThat(HighLsn.onStandby(state(10, 10), state(10, 60))).hasValue(60);
    // LSNs are unsigned.
    assertThat(HighLsn.onStandby(state(10, 10), state(10, -60))).hasValue(-60);
  }

  @Test
  void withoutStreamingNothingBoundsAStandingReplay() {
    assertThat(HighLsn.onStandby(state(10, 0), state(10, 0))).isEmpty();
    assertThat(HighLsn.onStandby(state(10, 5), state(10, 5))).isEmpty();
  }

  private static ServerState state(long applied, long received) {
    return new ServerState(true, 1, 1, applied, received, 1, 1);
  }
}
