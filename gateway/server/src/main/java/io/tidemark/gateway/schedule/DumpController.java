package io.tidemark.gateway.schedule;

import io.tidemark.gateway.transport.Timer;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
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

  /** Ranges that a job has at a time: it reads those of a table together. */
  private static final int MOST_OF_A_JOB = 64;

  private final ScheduleStore store;
  private final Timer timer;
  private final Map<String, Work> works = new HashMap<>();

  /** One URI's. */
  private static final class Work {
    final DumpSchedule schedule = new DumpSchedule();
    final Set<Worker> idle = new LinkedHashSet<>();

    /** What the URI's job was asked for, whether it is connected or not, by request. */
    final Map<Long, HandOut> handOuts = new HashMap<>();

    /** Null while none is connected. */
    JobRanges job;

    UriSchedule known = UriSchedule.NONE;
    String lastProblem = "";

    /** When {@link #wake} comes next, if it comes. */
    long wakeNanos;

    boolean waking;
  }

  /** A range that a job was asked for: takes a worker's place on the schedule. */
  private static final class HandOut {
    ScheduledSpan span;
    long request;

    /** How many parts of it were read, of how many; 0 of 0 if nobody has told. */
    long partsRead;

    long parts;
  }

  /** Takes ranges for a job. Must not block. */
  @FunctionalInterface
  public interface JobRanges {
    /**
     * A range is wanted.
     *
     * @param request names it from now on; its low 32 bits are {@link DumpRange#dumpId}
     */
    void wanted(long request, DumpRange span);
  }

  /** Goes on with what the store has. */
  public DumpController(ScheduleStore store, Timer timer) throws SQLException {
    this.store = store;
    this.timer = timer;
    for (Map.Entry<String, List<ScheduledSpan>> each : store.spans().entrySet()) {
      for (ScheduledSpan span : each.getValue()) {
        restore(work(each.getKey()), span);
      }
    }
    store.schedules().forEach((uri, known) -> restore(work(uri), known));
  }

  private void restore(Work work, ScheduledSpan span) throws SQLException {
    if (span.request() == 0 && span.stopped()) {
      // Its reader went with the server.
      store.remove(List.of(span));
    } else if (span.request() == 0) {
      work.schedule.add(List.of(span));
    } else {
      HandOut handOut = new HandOut();
      handOut.span = span;
      handOut.request = span.request();
      work.handOuts.put(span.request(), handOut);
      work.schedule.restoreTaken(handOut, span);
    }
  }

  private static void restore(Work work, UriSchedule known) {
    work.known = known;
    work.schedule.coolDown(known.coolDown());
    work.schedule.pause(known.paused());
  }

  private Work work(String uri) {
    return works.computeIfAbsent(uri, name -> new Work());
  }

  /**
   * Puts ranges on the schedule of a URI, to be read in this order.
   *
   * @throws AlreadyScheduledException if the last schedule is not done yet
   */
  public synchronized void schedule(String uri, List<? extends DumpRange> spans)
      throws AlreadyScheduledException, SQLException {
    Work work = work(uri);
    if (!work.schedule.isDone()) {
      throw new AlreadyScheduledException(uri, work.schedule);
    }
    add(uri, spans);
  }

  /** Puts ranges on the schedule of a URI, to be read in this order, after those that it has. */
  public synchronized void add(String uri, List<? extends DumpRange> spans) throws SQLException {
    Work work = work(uri);
    boolean fresh = work.schedule.isDone();
    UriSchedule known =
        work.known.withRanges(
            (fresh ? 0 : work.known.ranges()) + spans.size(),
            fresh ? System.currentTimeMillis() : work.known.sinceMillis());
    work.schedule.add(store.add(uri, spans));
    store.schedule(uri, known);
    work.known = known;
    if (fresh) {
      work.lastProblem = "";
    }
    LOG.info("Scheduled {} ranges for {}", spans.size(), uri);
    dispatch(uri);
  }

  /** Hands out nothing more, or goes on. */
  public synchronized void pause(String uri, boolean paused) throws SQLException {
    Work work = work(uri);
    UriSchedule known = work.known.withPaused(paused);
    store.schedule(uri, known);
    work.known = known;
    work.schedule.pause(paused);
    dispatch(uri);
  }

  /** How far the schedule is. */
  public synchronized ScheduleStatus status(String uri) {
    Work work = work(uri);
    long read = 0;
    long parts = 0;
    double rangesRead = 0;
    for (HandOut each : work.handOuts.values()) {
      read += each.partsRead;
      parts += each.parts;
      rangesRead += each.parts == 0 ? 0 : (double) each.partsRead / each.parts;
    }
    return new ScheduleStatus(
        work.schedule.waitingCount(),
        work.schedule.takenCount(),
        work.known.ranges(),
        new ScheduleStatus.Parts(read, parts, rangesRead),
        work.known.paused(),
        work.known.sinceMillis(),
        work.lastProblem,
        work.job != null);
  }

  /**
   * How far a range is that a job was asked for. Nothing happens if it is not wanted any more.
   *
   * @param read how many of its parts were read
   */
  public synchronized void progress(String uri, long request, long read, long parts) {
    HandOut handOut = work(uri).handOuts.get(request);
    if (handOut != null) {
      handOut.partsRead = read;
      handOut.parts = parts;
    }
  }

  /** Drops what nobody reads yet. Does nothing for a URI without a schedule. */
  public synchronized void stop(String uri) throws SQLException {
    Work work = work(uri);
    List<ScheduledSpan> waiting = work.schedule.waiting();
    UriSchedule known = work.known.withoutRanges(waiting.size());
    store.stop(uri, waiting, known);
    work.known = known;
    List<ScheduledSpan> dropped = work.schedule.stop();
    LOG.info("Stopped the schedule of {}: {} ranges dropped", uri, dropped.size());
  }

  /** Sets the least time between a worker's acknowledgement and its next range. */
  public synchronized void coolDown(String uri, Duration least) throws SQLException {
    UriSchedule known = work(uri).known.withCoolDown(least);
    store.schedule(uri, known);
    work(uri).known = known;
    work(uri).schedule.coolDown(least);
    dispatch(uri);
  }

  /**
   * A worker that reads one range of pages after the other. The first comes as soon as there is
   * one.
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
          work(uri).lastProblem = reason;
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
    Work work = work(uri);
    for (HandOut lost : List.copyOf(work.handOuts.values())) {
      if (!held.contains(lost.request)) {
        work.handOuts.remove(lost.request);
        store.request(lost.span, 0);
        forget(work.schedule.leave(lost));
      }
    }
    Set<Long> unwanted = unwanted(uri, held);
    work.job = ranges;
    dispatch(uri);
    return unwanted;
  }

  /** Those of the requests of which nothing is wanted any more. */
  public synchronized Set<Long> unwanted(String uri, Collection<Long> requests) {
    Set<Long> unwanted = new HashSet<>(requests);
    unwanted.removeAll(work(uri).handOuts.keySet());
    return unwanted;
  }

  /** A job is gone, for now: what it was asked for is kept for it. */
  public synchronized void close(String uri, JobRanges ranges) {
    if (work(uri).job == ranges) {
      work(uri).job = null;
    }
  }

  /**
   * A range that a job was asked for is done.
   *
   * @return whether it was wanted
   */
  public synchronized boolean acknowledge(String uri, long request) throws SQLException {
    Work work = work(uri);
    HandOut done = work.handOuts.remove(request);
    if (done == null) {
      return false;
    }
    forget(work.schedule.acknowledge(done, work, timer.nanos()));
    dispatch(uri);
    return true;
  }

  /**
   * A range that a job was asked for could not be read, or a consumer could not do with it.
   *
   * @param reason for the log
   * @return whether it was wanted
   */
  public synchronized boolean requeue(String uri, long request, String reason) throws SQLException {
    Work work = work(uri);
    HandOut back = work.handOuts.remove(request);
    if (back == null) {
      return false;
    }
    LOG.warn("{} of {} is to be read again: {}", back.span.span(), uri, reason);
    work.lastProblem = back.span.span() + ": " + reason;
    store.request(back.span, 0);
    forget(work.schedule.requeue(back, timer.nanos()));
    dispatch(uri);
    return true;
  }

  /**
   * A range that a job was asked for can never be read: it is dropped.
   *
   * @param reason for the log
   * @return whether it was wanted
   */
  public synchronized boolean drop(String uri, long request, String reason) throws SQLException {
    Work work = work(uri);
    HandOut dropped = work.handOuts.remove(request);
    if (dropped == null) {
      return false;
    }
    LOG.warn("{} of {} is dropped: {}", dropped.span.span(), uri, reason);
    work.lastProblem = dropped.span.span() + ": " + reason;
    forget(work.schedule.acknowledge(dropped, work, timer.nanos()));
    UriSchedule known = work.known.withoutRanges(1);
    store.schedule(uri, known);
    work.known = known;
    dispatch(uri);
    return true;
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
      } else if (work.schedule.isWaitingForWorkers()) {
        least = Math.min(least, work.schedule.waitNanos(worker, now));
      }
    }
    if (work.job != null) {
      least = Math.min(least, dispatchToJob(uri, work, now));
    }
    boolean none = least == Long.MAX_VALUE || !work.schedule.isWaiting();
    if (!none && (!work.waking || now + least - work.wakeNanos < 0)) {
      work.waking = true;
      work.wakeNanos = now + least;
      timer.after(least, () -> wake(uri));
    }
  }

  /** Returns how long until the job may have more. */
  private long dispatchToJob(String uri, Work work, long now) {
    int most = work.schedule.isCooled() ? 1 : MOST_OF_A_JOB;
    while (work.handOuts.size() < most) {
      HandOut handOut = new HandOut();
      Optional<ScheduledSpan> next = work.schedule.take(handOut, work, now);
      if (next.isEmpty()) {
        return work.schedule.waitNanos(work, now);
      }
      handOut.span = next.get();
      handOut.request = newRequest(next.get().span());
      try {
        store.request(handOut.span, handOut.request);
      } catch (SQLException e) {
        LOG.error("{} of {} cannot be handed out", handOut.span.span(), uri, e);
        work.schedule.leave(handOut);
        return Long.MAX_VALUE;
      }
      work.handOuts.put(handOut.request, handOut);
      work.job.wanted(handOut.request, handOut.span.span());
    }
    return Long.MAX_VALUE;
  }

  private static long newRequest(DumpRange span) {
    long random = ThreadLocalRandom.current().nextInt(1, Integer.MAX_VALUE);
    return random << 32 | Integer.toUnsignedLong(span.dumpId());
  }

  private synchronized void wake(String uri) {
    work(uri).waking = false;
    dispatch(uri);
  }
}
