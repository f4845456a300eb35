package io.tidemark.source.enumerator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class StreamLagTest {
  private final StreamLag lag = new StreamLag();

  @Test
  void thereIsNoneBeforeAnythingIsKnown() {
    assertThat(lag.bytes()).isZero();
    assertThat(lag.millis()).isZero();
    lag.walEnd(1_000, seconds(1));
    assertThat(lag.bytes()).isZero();
  }

  @Test
  void itIsTheDistanceToTheWalsEndAndTheAgeOfTheOldestPlaceAhead() {
    lag.emitted(100);
    lag.walEnd(500, seconds(10));
    lag.walEnd(800, seconds(12));
    lag.walEnd(800, seconds(14));
    assertThat(lag.bytes()).isEqualTo(700);
    assertThat(lag.millis()).isEqualTo(4_000);
    lag.emitted(500);
    assertThat(lag.bytes()).isEqualTo(300);
    assertThat(lag.millis()).isEqualTo(2_000);
    lag.emitted(900);
    assertThat(lag.bytes()).isZero();
    assertThat(lag.millis()).isZero();
  }

  @Test
  void aWalThatStandsStillWhereTheStreamIsDoesNotAge() {
    lag.emitted(500);
    lag.walEnd(500, seconds(1));
    lag.walEnd(500, seconds(9));
    assertThat(lag.millis()).isZero();
  }

  @Test
  void positionsAreUnsigned() {
    lag.emitted(Long.MAX_VALUE);
    lag.walEnd(Long.MIN_VALUE + 9, seconds(1));
    assertThat(lag.bytes()).isEqualTo(10);
  }

  @Test
  void theOldestPlaceIsKeptHoweverLongTheStreamStands() {
    lag.emitted(1);
    long anyOrigin = 1_000_000;
    for (int i = 0; i <= 10_000; i++) {
      lag.walEnd(10 + i, seconds(anyOrigin + i));
    }
    assertThat(lag.millis()).isEqualTo(10_000_000);
    lag.emitted(5_009);
    assertThat(lag.millis()).isBetween(4_900_000L, 5_000_000L);
  }

  @Test
  void aStreamThatStartsAgainIsBehindFromThereOn() {
    lag.emitted(100);
    lag.walEnd(500, seconds(1));
    lag.restarted();
    lag.emitted(50);
    lag.walEnd(600, seconds(3));
    assertThat(lag.bytes()).isEqualTo(550);
    assertThat(lag.millis()).isZero();
  }

  private static long seconds(long count) {
    return TimeUnit.SECONDS.toNanos(count);
  }
}
