package io.tidemark.gateway.server;

import java.time.Duration;

/**
 * Something that may happen again and again and is to be logged: when it happens first, and then
 * once a minute at most. Thread-safe.
 */
final class Recurring {
  private static final long PAUSE_NANOS = Duration.ofMinutes(1).toNanos();

  private long untold;
  private boolean told;
  private long toldNanos;

  /**
   * It happens.
   *
   * @param now as {@link System#nanoTime}
   * @return how often it has happened since it was logged, this time included; 0 if it is not to be
   *     logged now
   */
  synchronized long happens(long now) {
    untold++;
    if (told && now - toldNanos < PAUSE_NANOS) {
      return 0;
    }
    told = true;
    toldNanos = now;
    long count = untold;
    untold = 0;
    return count;
  }
}
