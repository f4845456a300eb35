package io.tidemark.gateway.transport;

/** The time, and wake-ups: tests have one of their own. */
public interface Timer {
  /** As {@link System#nanoTime}. */
  long nanos();

  /** Runs the task once, so many nanoseconds from now, on any thread. */
  void after(long nanos, Runnable task);
}
