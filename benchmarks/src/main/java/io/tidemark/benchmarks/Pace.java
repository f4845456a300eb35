package io.tidemark.benchmarks;

import java.util.function.LongSupplier;

/**
 * A fixed rate. Who was late may catch up, so that the rate holds over time, but not for more than
 * a second: after a long stop no flood follows.
 */
final class Pace {
  private static final long NANOS = 1_000_000_000;

  private final long interval;
  private final LongSupplier clock;
  private long next;

  /**
   * @param perSecond how many steps in a second
   * @param clock the time in nanoseconds, as {@link System#nanoTime}
   */
  Pace(int perSecond, LongSupplier clock) {
    if (perSecond < 1) {
      throw new IllegalArgumentException("a rate of " + perSecond + " in a second");
    }
    this.interval = NANOS / perSecond;
    this.clock = clock;
    this.next = clock.getAsLong();
  }

  /** Nanoseconds until the next step is due; 0 or less: it is due. */
  long untilDue() {
    return next - clock.getAsLong();
  }

  /** A step was taken. */
  void taken() {
    long planned = next + interval;
    long earliest = clock.getAsLong() - NANOS;
    next = planned - earliest > 0 ? planned : earliest; // nanoseconds may overflow
  }
}
