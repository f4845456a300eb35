package io.tidemark.gateway.transport;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long to wait before trying again: twice as long after each failure, up to a longest wait. Of
 * that wait a random part between half and all is taken, so that consumers do not all come back at
 * the same time.
 *
 * @param first the longest wait after one failure
 * @param longest the longest wait after any number of failures
 */
public record Backoff(Duration first, Duration longest) {
  public Backoff {
    if (first.isNegative() || first.isZero() || longest.compareTo(first) < 0) {
      throw new IllegalArgumentException("back-off from " + first + " to " + longest);
    }
    if (longest.compareTo(Duration.ofDays(1)) > 0) {
      throw new IllegalArgumentException("a back-off of " + longest + " is longer than a day");
    }
  }

  /** Nanoseconds to wait after a number of failures in a row, which is 1 or more. */
  public long nanos(int failures, RandomGenerator random) {
    long full = first.toNanos();
    long limit = longest.toNanos();
    for (int i = 1; i < failures && full < limit; i++) {
      full *= 2;
    }
    full = Math.min(full, limit);
    return full / 2 + (long) (random.nextDouble() * (full - full / 2));
  }
}
