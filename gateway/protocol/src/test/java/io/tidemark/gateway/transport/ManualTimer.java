package io.tidemark.gateway.transport;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Time that passes when the test says so. */
public final class ManualTimer implements Timer {
  private final List<Task> tasks = new ArrayList<>();
  private long now = Long.MAX_VALUE - 5; // nanoTime may be anything, and wraps

  private record Task(long at, Runnable action) {}

  @Override
  public long nanos() {
    return now;
  }

  @Override
  public void after(long nanos, Runnable task) {
    tasks.add(new Task(now + nanos, task));
  }

  /** Lets time pass, and does what is due then, each at its time. */
  public void pass(Duration time) {
    long end = now + time.toNanos();
    while (true) {
      Task next =
          tasks.stream()
              .filter(task -> task.at - end <= 0)
              .min(Comparator.comparingLong(task -> task.at - now))
              .orElse(null);
      if (next == null) {
        now = end;
        return;
      }
      tasks.remove(next);
      now = next.at;
      next.action.run();
    }
  }
}
