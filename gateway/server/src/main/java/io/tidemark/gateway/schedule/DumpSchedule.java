package io.tidemark.gateway.schedule;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * The schedule of one URI: which range comes next, who has which, and how long to wait. Pure
 * policy, told the time; for one thread.
 *
 * <p>A range waits until a worker takes it. When the worker acknowledges the range, it is done;
 * when the worker gives it back or goes away, the range is the next to be taken. Each range that is
 * given back makes all workers wait, longer than the one before, until a range is acknowledged.
 * Workers take ranges of pages alone, jobs also ranges of keys. A range that somebody has when the
 * schedule is stopped may be read to its end, but does not come back.
 */
final class DumpSchedule {
  static final Duration FIRST_WAIT = Duration.ofSeconds(2);

  /** How often the wait is doubled at most: to 512 s. */
  private static final int MAX_DOUBLINGS = 8;

  private final Deque<ScheduledRange> waiting = new ArrayDeque<>();
  private final Map<Object, Taken> taken = new HashMap<>();

  /** When clients, each of one worker or of several, acknowledged last. */
  private final Map<Object, Long> acknowledged = new HashMap<>();

  private long coolDownNanos;
  private boolean paused;
  private int failures;
  private long blockedSince;

  private record Taken(ScheduledRange range, boolean stopped) {}

  /** Whether nothing waits and nothing that was not stopped is being read. */
  boolean isDone() {
    return waiting.isEmpty() && taken.values().stream().allMatch(Taken::stopped);
  }

  void add(Collection<ScheduledRange> ranges) {
    waiting.addAll(ranges);
  }

  /** Whether nothing is to be handed out. */
  void pause(boolean now) {
    paused = now;
  }

  /** What nobody has, in order. */
  List<ScheduledRange> waiting() {
    return List.copyOf(waiting);
  }

  int waitingCount() {
    return waiting.size();
  }

  int takenCount() {
    return taken.size();
  }

  /**
   * The least time between a worker's acknowledgement and its next range, until the schedule is
   * done; of the next schedule if this one is.
   */
  void coolDown(Duration least) {
    coolDownNanos = least.toNanos();
  }

  /**
   * Drops what waits.
   *
   * @return all that is on the schedule no more
   */
  List<ScheduledRange> stop() {
    List<ScheduledRange> dropped = List.copyOf(waiting);
    if (!isDone()) {
      endCoolDown();
    }
    waiting.clear();
    taken.replaceAll((worker, each) -> new Taken(each.range(), true));
    failures = 0;
    return dropped;
  }

  /** What a worker has of a former run of the server. */
  void restoreTaken(Object worker, ScheduledRange range) {
    taken.put(worker, new Taken(range, range.stopped()));
  }

  /** Whether there is a least time between a client's ranges: then it has one at a time. */
  boolean isCooled() {
    return coolDownNanos > 0;
  }

  /** Gives the worker, which has none, pages to read; empty if there are none for it now. */
  Optional<ScheduledRange> takePages(Object worker, long nanos) {
    return take(worker, worker, nanos, DumpSchedule::isOfPages);
  }

  private static boolean isOfPages(ScheduledRange each) {
    return !each.range().rows().hasKeys();
  }

  /**
   * Gives a worker, which has none, a range to read; empty if there is none for it now.
   *
   * @param client whose worker it is
   */
  Optional<ScheduledRange> take(Object worker, Object client, long nanos) {
    return take(worker, client, nanos, any -> true);
  }

  private Optional<ScheduledRange> take(
      Object worker, Object client, long nanos, Predicate<ScheduledRange> which) {
    if (taken.containsKey(worker)) {
      throw new IllegalStateException("a worker asks for a range while it has one");
    }
    if (paused || waiting.isEmpty() || waitNanos(client, nanos) > 0) {
      return Optional.empty();
    }
    Optional<ScheduledRange> next = waiting.stream().filter(which).findFirst();
    next.ifPresent(
        each -> {
          waiting.remove(each);
          taken.put(worker, new Taken(each, false));
        });
    return next;
  }

  /** How long until the client may take a range, if there is one; 0 if it may now. */
  long waitNanos(Object client, long nanos) {
    long blocked =
        failures == 0
            ? 0
            : (FIRST_WAIT.toNanos() << Math.min(failures - 1, MAX_DOUBLINGS))
                - (nanos - blockedSince);
    Long last = acknowledged.get(client);
    long cooling = last == null ? 0 : coolDownNanos - (nanos - last);
    return Math.max(0, Math.max(blocked, cooling));
  }

  /** Whether there is anything to hand out. */
  boolean isWaiting() {
    return !waiting.isEmpty() && !paused;
  }

  /** Whether there is anything to hand out to a worker, which takes pages alone. */
  boolean isWaitingForWorkers() {
    return isWaiting() && waiting.stream().anyMatch(DumpSchedule::isOfPages);
  }

  /** The worker has read its range: it is done. Empty if it has none. */
  Optional<ScheduledRange> acknowledge(Object worker, long nanos) {
    return acknowledge(worker, worker, nanos);
  }

  /** A client's worker has read its range: it is done. Empty if it has none. */
  Optional<ScheduledRange> acknowledge(Object worker, Object client, long nanos) {
    Taken done = taken.remove(worker);
    acknowledged.put(client, nanos);
    if (done == null) {
      return Optional.empty();
    }
    failures = 0;
    if (!done.stopped() && isDone()) {
      endCoolDown();
    }
    return Optional.of(done.range());
  }

  private void endCoolDown() {
    coolDownNanos = 0;
    acknowledged.clear();
  }

  /**
   * The worker could not read its range.
   *
   * @return the range, if it comes back no more
   */
  Optional<ScheduledRange> requeue(Object worker, long nanos) {
    Taken back = taken.remove(worker);
    if (back == null) {
      return Optional.empty();
    }
    failures++;
    blockedSince = nanos;
    return comeBack(back);
  }

  /**
   * The worker is gone, with its range unread.
   *
   * @return the range, if it comes back no more
   */
  Optional<ScheduledRange> leave(Object worker) {
    acknowledged.remove(worker);
    Taken back = taken.remove(worker);
    return back == null ? Optional.empty() : comeBack(back);
  }

  private Optional<ScheduledRange> comeBack(Taken back) {
    if (back.stopped()) {
      return Optional.of(back.range());
    }
    waiting.addFirst(back.range());
    return Optional.empty();
  }

  @Override
  public String toString() {
    return "%d ranges waiting, %d being read, cool-down %d ms"
        .formatted(waiting.size(), taken.size(), TimeUnit.NANOSECONDS.toMillis(coolDownNanos));
  }
}
