package io.tidemark.cli;

import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/** How long what fails is tried again: each time later, and not for ever. */
final class Patience {
  private static final Duration FIRST = Duration.ofSeconds(1);
  private static final Duration LONGEST = Duration.ofSeconds(15);

  private final Duration limit;
  private final LongSupplier nanos;
  private long failingSince;
  private Duration pause;

  /**
   * @param limit for how long it may fail in a row; zero if it is not tried again
   * @param nanos now, on a monotonic clock
   */
  Patience(Duration limit, LongSupplier nanos) {
    this.limit = limit;
    this.nanos = nanos;
  }

  /**
   * It failed.
   *
   * @param progressed whether it had come further since it failed last
   * @return for how long to wait before it is tried again; empty if no more
   */
  Optional<Duration> failed(boolean progressed) {
    long now = nanos.getAsLong();
    if (pause == null || progressed) {
      failingSince = now;
      pause = FIRST;
    } else {
      Duration twice = pause.multipliedBy(2);
      pause = twice.compareTo(LONGEST) < 0 ? twice : LONGEST;
    }
    Duration left = limit.minusNanos(now - failingSince);
    if (left.isZero() || left.isNegative()) {
      return Optional.empty();
    }
    return Optional.of(pause.compareTo(left) < 0 ? pause : left);
  }
}
