package io.tidemark.gateway.schedule;

import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands the ranges of every URI's schedule to the workers that ask for them. What is scheduled is
 * on disk before the caller hears of it, and is there until it is done: after a crash it is handed
 * out again, at worst what was done just before. Thread-safe.
 */
public final class DumpController {
  private static final Logger LOG = LoggerFactory.getLogger(DumpController.class);

  private final ScheduleStore store;
  private final Timer timer;
  private final Map<String, Work> works = new HashMap<>();

  /** One URI's. */
  private static final class Work {
    final DumpSchedule schedule = new DumpSchedule();
    final Set<Worker> idle = new LinkedHashSet<>();

    /** When {@link #wake} comes next, if it comes. */
    long wakeNanos;

    boolean waking;
  }

  /** Goes on with what the store has. */
  public DumpController(ScheduleStore store, Timer timer) throws SQLException {
    this.store = store;
    this.timer = timer;
    store.spans().forEach((uri, spans) -> work(uri).schedule.add(spans));
    store.coolDowns().forEach((uri, least) -> work(uri).schedule.coolDown(least));
  }

  private Work work(String uri) {
    return works.computeIfAbsent(uri, name -> new Work());
  }

  /**
   * Puts ranges on the schedule of a URI, to be read in this order.
   *
   * @throws AlreadyScheduledException if the last schedule is not done yet
   */
  public synchronized void schedule(String uri, List<PageSpan> spans)
      throws AlreadyScheduledException, SQLException {
    Work work = work(uri);
    if (!work.schedule.isDone()) {
      throw new AlreadyScheduledException(uri, work.schedule);
    }
    work.schedule.add(store.add(uri, spans));
    LOG.info("Scheduled {} ranges for {}", spans.size(), uri);
    dispatch(uri);
  }

  /** Drops what nobody reads yet. Does nothing for a URI without a schedule. */
  public synchronized void stop(String uri) throws SQLException {
    List<ScheduledSpan> dropped = work(uri).schedule.stop();
    store.remove(dropped);
    LOG.info("Stopped the schedule of {}: {} ranges dropped", uri, dropped.size());
  }

  /** Sets the least time between a worker's acknowledgement and its next range. */
  public synchronized void coolDown(String uri, Duration least) throws SQLException {
    store.coolDown(uri, least);
    work(uri).schedule.coolDown(least);
    dispatch(uri);
  }

  /**
   * A worker that reads one range after the other. The first comes as soon as there is one.
   *
   * @param ranges hears of each; must not block
   */
  public synchronized Worker register(String uri, Consumer<PageSpan> ranges) {
    Worker worker = new Worker(uri, ranges);
    work(uri).idle.add(worker);
    dispatch(uri);
    return worker;
  }

  /** One that reads ranges. Its methods do nothing once it has left. */
  public final class Worker {
    private final String uri;
    private final Consumer<PageSpan> ranges;
    private boolean left;

    private Worker(String uri, Consumer<PageSpan> ranges) {
      this.uri = uri;
      this.ranges = ranges;
    }

    /**
     * Its last range is done.
     *
     * @throws IllegalStateException if it has none
     */
    public void acknowledge() throws SQLException {
      synchronized (DumpController.this) {
        if (!left) {
          requireRange();
          next(work(uri).schedule.acknowledge(this, timer.nanos()));
        }
      }
    }

    /**
     * Its last range could not be read.
     *
     * @param reason for the log
     * @throws IllegalStateException if it has none
     */
    public void requeue(String reason) throws SQLException {
      synchronized (DumpController.this) {
        if (!left) {
          requireRange();
          LOG.warn("A range of {} is to be read again: {}", uri, reason);
          next(work(uri).schedule.requeue(this, timer.nanos()));
        }
      }
    }

    private void requireRange() {
      if (work(uri).idle.contains(this)) {
        throw new IllegalStateException(
            "there is no range to answer: none was sent since the last");
      }
    }

    private void next(Optional<ScheduledSpan> done) throws SQLException {
      forget(done);
      work(uri).idle.add(this);
      dispatch(uri);
    }

    /** It is gone; another worker reads its last range. */
    public void leave() throws SQLException {
      synchronized (DumpController.this) {
        left = true;
        work(uri).idle.remove(this);
        forget(work(uri).schedule.leave(this));
        dispatch(uri);
      }
    }
  }

  private void forget(Optional<ScheduledSpan> done) throws SQLException {
    if (done.isPresent()) {
      store.remove(List.of(done.get()));
    }
  }

  /** Gives idle workers what there is, and comes again when the first of them may have more. */
  private void dispatch(String uri) {
    Work work = work(uri);
    long now = timer.nanos();
    long least = Long.MAX_VALUE;
    for (Worker worker : List.copyOf(work.idle)) {
      Optional<PageSpan> next = work.schedule.take(worker, now);
      if (next.isPresent()) {
        work.idle.remove(worker);
        worker.ranges.accept(next.get());
      } else {
        least = Math.min(least, work.schedule.waitNanos(worker, now));
      }
    }
    boolean none = work.idle.isEmpty() || !work.schedule.isWaiting();
    if (!none && (!work.waking || now + least - work.wakeNanos < 0)) {
      work.waking = true;
      work.wakeNanos = now + least;
      timer.after(least, () -> wake(uri));
    }
  }

  private synchronized void wake(String uri) {
    work(uri).waking = false;
    dispatch(uri);
  }
}
