package io.tidemark.gateway.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RecurringTest {
  private final Recurring recurring = new Recurring();

  private long happens(long seconds) {
    // Clocks may be below 0.
    return recurring.happens(TimeUnit.SECONDS.toNanos(seconds - 1000));
  }

  @Test
  void theFirstTimeIsLoggedAndThenOneAMinuteWithTheNumberOfAll() {
    assertThat(happens(0)).isEqualTo(1);
    assertThat(happens(1)).isZero();
    assertThat(happens(59)).isZero();
    assertThat(happens(60)).isEqualTo(3);
    assertThat(happens(119)).isZero();
    assertThat(happens(600)).isEqualTo(2);
  }
}
