package io.tidemark.testkit;

import java.time.Duration;
import java.util.function.Supplier;

/** Polls a condition until it holds or a deadline passes: the only place here that sleeps. */
public final class Await {
  private static final long POLL_MILLIS = 10;

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
    while (!holds(what, condition)) {
      if (System.nanoTime() - deadline > 0) {
        throw new IllegalStateException(
            "Waited %s in vain for %s. %s".formatted(timeout, what, details.get()).strip());
      }
      try {
        Thread.sleep(POLL_MILLIS);
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
