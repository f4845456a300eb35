package io.tidemark.gateway.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.gateway.transport.Timer;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class NotFoundDelayTest {
  private long seconds;
  private final NotFoundDelay delay =
      new NotFoundDelay(
          new Timer() {
            @Override
            public long nanos() {
              return Duration.ofSeconds(seconds).toNanos();
            }

            @Override
            public void after(long nanos, Runnable task) {
              throw new IllegalStateException("nothing is answered here");
            }
          });

  private long ask(String client) {
    return Duration.ofNanos(delay.delayNanos(client)).toSeconds();
  }

  @Test
  void theFirstAnswerComesAtOnceAndTheNextOnesLaterEachTime() {
    for (long expected : new long[] {0, 1, 2, 4, 8, 16, 30, 30, 30}) {
      assertThat(ask("10.0.0.1 Pull")).isEqualTo(expected);
      seconds += expected;
    }
    assertThat(ask("10.0.0.2 Pull")).as("another client").isZero();
    assertThat(ask("10.0.0.1 Schedule")).as("another method").isZero();
    seconds += 121;
    assertThat(ask("10.0.0.1 Pull")).as("after a while").isZero();
  }

  @Test
  void thoseThatAskedLastAreRemembered() {
    ask("first");
    for (int i = 0; i < 999; i++) {
      ask("client " + i);
    }
    assertThat(ask("first")).isEqualTo(1);
    ask("one more");
    assertThat(ask("client 0")).as("forgotten").isZero();
    assertThat(ask("client 2")).isEqualTo(1);
  }
}
