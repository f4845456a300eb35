package io.tidemark.gateway.link;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/** How long to wait before the next attempt: doubled each time, with chance in it. */
final class Backoff {
  private static final Duration FIRST = Duration.ofMillis(100);
  private static final Duration LONGEST = Duration.ofSeconds(5);

  private long millis = FIRST.toMillis();

  /** The time to wait now: some half of what it may be, up to all of it. */
  synchronized Duration next() {
    long most = millis;
    millis = Math.min(2 * millis, LONGEST.toMillis());
    return Duration.ofMillis(ThreadLocalRandom.current().nextLong(most / 2, most + 1));
  }

  /** The last attempt came through. */
  synchronized void reset() {
    millis = FIRST.toMillis();
  }
}
