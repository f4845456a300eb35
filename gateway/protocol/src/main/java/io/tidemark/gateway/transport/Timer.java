package io.tidemark.gateway.transport;

/** The time, and wake-ups: tests have one of their own. */
public interface Timer {
  /** As {@link System#nanoTime}. */
  long nanos();

  /** Runs the task once, after a delay in nanoseconds, on any thread. */
  void after(long nanos, Runnable task);
}
