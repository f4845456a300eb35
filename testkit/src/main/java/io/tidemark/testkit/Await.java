package io.tidemark.testkit;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Polls a condition until it holds or a deadline passes: the only place here that sleeps. */
public final class Await {
  private static final long LEAST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
  private static final long MOST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** To how long looking takes: what is awaited needs the processor more. */
  private static final int PAUSE_RATIO = 4;

  private Await() {}

  /** A condition that may fail with any exception, which {@link #until} passes on at once. */
  @FunctionalInterface
  public interface Condition {
    boolean holds() throws Exception;
  }

  /**
   * Returns once the condition holds.
   *
   * @param what what is awaited, for the error: "standby 0 to replay 0/3000000"
   * @throws IllegalStateException after the timeout, or when the condition throws (its cause)
   */
  public static void until(String what, Duration timeout, Condition condition) {
    until(what, timeout, condition, () -> "");
  }

  /** Like {@link #until(String, Duration, Condition)}, with details that are read at the end. */
  public static void until(
      String what, Duration timeout, Condition condition, Supplier<String> details) {
    long deadline = System.nanoTime() + timeout.toNanos();
    for (long began = System.nanoTime(); !holds(what, condition); began = System.nanoTime()) {
      long now = System.nanoTime();
      if (now - deadline > 0) {
        throw new IllegalStateException(
            "Waited %s in vain for %s. %s".formatted(timeout, what, details.get()).strip());
      }
      long pause = Math.max(LEAST_PAUSE_NANOS, PAUSE_RATIO * (now - began));
      try {
        TimeUnit.NANOSECONDS.sleep(Math.min(MOST_PAUSE_NANOS, pause));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("Interrupted while waiting for " + what, e);
      }
    }
  }

  private static boolean holds(String what, Condition condition) {
    try {
      return condition.holds();
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException("Failed while waiting for " + what, e);
    }
  }
}
