package io.tidemark.gateway.schedule;

import io.tidemark.gateway.transport.Timer;
import io.tidemark.postgres.RowSelection;
import io.tidemark.postgres.TableName;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands the ranges of every URI's schedule to the workers that ask for them, and to the URI's job.
 * What is scheduled is on disk before the caller hears of it, and is there until it is done: after
 * a crash it is handed out again, at worst what was done just before. Thread-safe.
 */
public final class DumpController {
  private static final Logger LOG = LoggerFactory.getLogger(DumpController.class);

  private final ScheduleStore store;
  private final Timer timer;
  private final Map<String, Work> works = new HashMap<>();

  /** One URI's. */
  private static final class Work {
    final StoredSchedule schedule;
    final Set<Worker> idle = new LinkedHashSet<>();
    final JobRequests requests;

    /** When {@link #wake} comes next, if it comes. */
    long wakeNanos;

    boolean waking;

    Work(String uri, ScheduleStore store) {
      schedule = new StoredSchedule(uri, store);
      requests = new JobRequests(schedule, store);
    }
  }

  /** Takes ranges of pages for a worker. Must not block. */
  @FunctionalInterface
  public interface WorkerRanges {
    /** A range is wanted. */
    void wanted(TableName table, RowSelection.Pages pages);
  }

  /** Takes ranges for a job. Must not block. */
  @FunctionalInterface
  public interface JobRanges {
    /**
     * A range is wanted.
     *
     * @param request names it from now on; its low 32 bits are {@link DumpRange#dumpId}
     */
    void wanted(long request, DumpRange range);
  }

  /** Goes on with what the store has. */
  public DumpController(ScheduleStore store, Timer timer) throws SQLException {
    this.store = store;
    this.timer = timer;
    for (Map.Entry<String, List<ScheduledRange>> each : store.ranges().entrySet()) {
      for (ScheduledRange range : each.getValue()) {
        restore(work(each.getKey()), range);
      }
    }
    store.schedules().forEach((uri, known) -> work(uri).schedule.restore(known));
  }

  private void restore(Work work, ScheduledRange range) throws SQLException {
    if (range.request() == 0 && range.stopped()) {
      // Its reader went with the server.
      store.remove(List.of(range));
    } else if (range.request() == 0) {
      work.schedule.ranges.add(List.of(range));
    } else {
      work.requests.restore(range);
    }
  }

  private Work work(String uri) {
    return works.computeIfAbsent(uri, name -> new Work(name, store));
  }

  /**
   * Puts ranges on the schedule of a URI, to be read in this order.
   *
   * @throws AlreadyScheduledException if the last schedule is not done yet
   */
  public synchronized void schedule(String uri, List<DumpRange> ranges)
      throws AlreadyScheduledException, SQLException {
    DumpSchedule schedule = work(uri).schedule.ranges;
    if (!schedule.isDone()) {
      throw new AlreadyScheduledException(uri, schedule);
    }
    add(uri, ranges);
  }

  /** Puts ranges on the schedule of a URI, to be read in this order, after those that it has. */
  public synchronized void add(String uri, List<DumpRange> ranges) throws SQLException {
    work(uri).schedule.add(ranges);
    LOG.info("Scheduled {} ranges for {}", ranges.size(), uri);
    dispatch(uri);
  }

  /**
   * A range that was asked for cannot be, and is not on the schedule.
   *
   * @param reason for the log and the status
   */
  public synchronized void leftOut(String uri, String reason) {
    LOG.warn("A range of {} is left out: {}", uri, reason);
    work(uri).schedule.problem(reason);
  }

  /** Hands out nothing more, or goes on. */
  public synchronized void pause(String uri, boolean paused) throws SQLException {
    StoredSchedule schedule = work(uri).schedule;
    schedule.write(schedule.known().withPaused(paused));
    schedule.ranges.pause(paused);
    dispatch(uri);
  }

  /** How far the schedule is. */
  public synchronized ScheduleStatus status(String uri) {
    Work work = work(uri);
    StoredSchedule schedule = work.schedule;
    return new ScheduleStatus(
        schedule.ranges.waitingCount(),
        schedule.ranges.takenCount(),
        schedule.known().ranges(),
        work.requests.parts(),
        schedule.known().paused(),
        schedule.known().sinceMillis(),
        schedule.lastProblem(),
        work.requests.isConnected());
  }

  /** Drops what nobody reads yet. Does nothing for a URI without a schedule. */
  public synchronized void stop(String uri) throws SQLException {
    int dropped = work(uri).schedule.stop();
    LOG.info("Stopped the schedule of {}: {} ranges dropped", uri, dropped);
  }

  /**
   * Sets the least time between a worker's acknowledgement and its next range, for the schedule
   * that is under way, or the next one if none is: it ends with that.
   */
  public synchronized void coolDown(String uri, Duration least) throws SQLException {
    StoredSchedule schedule = work(uri).schedule;
    schedule.write(schedule.known().withCoolDown(least));
    schedule.ranges.coolDown(least);
    dispatch(uri);
  }

  /**
   * A worker that reads one range of pages after the other. The first comes as soon as there is
   * one.
   *
   * @param ranges hears of each
   */
  public synchronized Worker register(String uri, WorkerRanges ranges) {
    Worker worker = new Worker(uri, ranges);
    work(uri).idle.add(worker);
    dispatch(uri);
    return worker;
  }

  /** One that reads ranges. Its methods do nothing once it has left. */
  public final class Worker {
    private final String uri;
    private final WorkerRanges ranges;
    private boolean left;

    private Worker(String uri, WorkerRanges ranges) {
      this.uri = uri;
      this.ranges = ranges;
    }

    private void hand(DumpRange range) {
      RowSelection.Pages pages =
          range
              .rows()
              .either(
                  some -> some,
                  keys -> {
                    throw new IllegalStateException("a worker is to read " + range);
                  });
      ranges.wanted(range.table(), pages);
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
          next(work(uri).schedule.ranges.acknowledge(this, timer.nanos()));
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
          work(uri).schedule.problem(reason);
          next(work(uri).schedule.ranges.requeue(this, timer.nanos()));
        }
      }
    }

    private void requireRange() {
      if (work(uri).idle.contains(this)) {
        throw new IllegalStateException(
            "there is no range to answer: none was sent since the last");
      }
    }

    private void next(Optional<ScheduledRange> done) throws SQLException {
      work(uri).schedule.forget(done);
      work(uri).idle.add(this);
      dispatch(uri);
    }

    /** It is gone; another worker reads its last range. */
    public void leave() throws SQLException {
      synchronized (DumpController.this) {
        left = true;
        Work work = work(uri);
        work.idle.remove(this);
        work.schedule.forget(work.schedule.ranges.leave(this));
        dispatch(uri);
      }
    }
  }

  /**
   * A job connects that reads ranges, several at a time; it takes the place of one that is
   * connected. What the job has no more of what it was asked for is the next to be read.
   *
   * @param held what it was asked for before and has not heard the end of
   * @param ranges is told what is wanted
   * @return those of {@code held} that are wanted no more
   */
  public synchronized Set<Long> open(String uri, Set<Long> held, JobRanges ranges)
      throws SQLException {
    Set<Long> unwanted = work(uri).requests.open(held, ranges);
    dispatch(uri);
    return unwanted;
  }

  /** Those of the requests of which nothing is wanted any more. */
  public synchronized Set<Long> unwanted(String uri, Collection<Long> requests) {
    return work(uri).requests.unwanted(requests);
  }

  /** A job is gone, for now: what it was asked for is kept for it. */
  public synchronized void close(String uri, JobRanges ranges) {
    work(uri).requests.close(ranges);
  }

  /**
   * A range that a job was asked for is done.
   *
   * @return whether it was wanted
   */
  public synchronized boolean acknowledge(String uri, long request) throws SQLException {
    boolean wanted = work(uri).requests.acknowledge(request, timer.nanos());
    if (wanted) {
      dispatch(uri);
    }
    return wanted;
  }

  /**
   * A range that a job was asked for could not be read, or a consumer could not do with it.
   *
   * @param reason for the log
   * @return whether it was wanted
   */
  public synchronized boolean requeue(String uri, long request, String reason) throws SQLException {
    boolean wanted = work(uri).requests.requeue(request, reason, timer.nanos());
    if (wanted) {
      dispatch(uri);
    }
    return wanted;
  }

  /**
   * A range that a job was asked for can never be read: it is dropped.
   *
   * @param reason for the log
   * @return whether it was wanted
   */
  public synchronized boolean drop(String uri, long request, String reason) throws SQLException {
    boolean wanted = work(uri).requests.drop(request, reason, timer.nanos());
    if (wanted) {
      dispatch(uri);
    }
    return wanted;
  }

  /**
   * How far a range is that a job was asked for. Nothing happens if it is not wanted any more.
   *
   * @param read how many of its parts were read
   */
  public synchronized void progress(String uri, long request, long read, long parts) {
    work(uri).requests.progress(request, read, parts);
  }

  /** Gives workers and the job what there is, and comes again when the first may have more. */
  private void dispatch(String uri) {
    Work work = work(uri);
    DumpSchedule ranges = work.schedule.ranges;
    long now = timer.nanos();
    long least = Long.MAX_VALUE;
    for (Worker worker : List.copyOf(work.idle)) {
      Optional<ScheduledRange> next = ranges.takePages(worker, now);
      if (next.isPresent()) {
        work.idle.remove(worker);
        worker.hand(next.get().range());
      } else if (ranges.isWaitingForWorkers()) {
        least = Math.min(least, ranges.waitNanos(worker, now));
      }
    }
    least = Math.min(least, work.requests.dispatch(now));
    boolean none = least == Long.MAX_VALUE || !ranges.isWaiting();
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
