package io.tidemark.gateway.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class BackoffTest {
  private static final Backoff BACKOFF = new Backoff(Duration.ofMillis(1), Duration.ofMillis(5));

  @Test
  void itDoublesUpToTheLongestAndHalfOfItIsRandom() {
    RandomGenerator least = () -> 0L;
    RandomGenerator most = () -> -1L;
    long[] full = {1_000_000, 2_000_000, 4_000_000, 5_000_000, 5_000_000};
    for (int i = 0; i < full.length; i++) {
      assertThat(BACKOFF.nanos(i + 1, least)).isEqualTo(full[i] / 2);
      assertThat(BACKOFF.nanos(i + 1, most)).isBetween(full[i] - 1, full[i]);
    }
    assertThat(new Backoff(Duration.ofDays(1), Duration.ofDays(1)).nanos(1 << 30, most))
        .isBetween(1L, Duration.ofDays(1).toNanos());
  }

  @Test
  void itMustMakeSense() {
    assertThatThrownBy(() -> new Backoff(Duration.ZERO, Duration.ofSeconds(1)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Backoff(Duration.ofSeconds(2), Duration.ofSeconds(1)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
