package io.tidemark.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PaceTest {
  private static final long MILLI = 1_000_000;
  private static final long START = Long.MAX_VALUE - 5; // nanoTime may overflow

  private long now = START;
  private final Pace pace = new Pace(1000, () -> now);

  @Test
  void stepsAreDueAtEqualIntervals() {
    assertThat(pace.untilDue()).isZero();
    pace.taken();
    assertThat(pace.untilDue()).isEqualTo(MILLI);
    now += MILLI;
    assertThat(pace.untilDue()).isZero();
    pace.taken();
    assertThat(pace.untilDue()).isEqualTo(MILLI);
  }

  @Test
  void whoIsLateCatchesUp() {
    now += 20 * MILLI;
    assertThat(stepsNow()).isEqualTo(21);
    assertThat(pace.untilDue()).isEqualTo(MILLI);
  }

  @Test
  void afterALongStopNoMoreThanASecondIsCaughtUp() {
    now += 60_000 * MILLI;
    assertThat(stepsNow()).isBetween(1000, 1002);
  }

  private int stepsNow() {
    int steps = 0;
    while (pace.untilDue() <= 0) {
      pace.taken();
      steps++;
    }
    return steps;
  }
}
