package io.tidemark.gateway.schedule;

import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the job of one URI was asked for, by request, whether the job is connected or not. Each
 * request takes a worker's place on the schedule. Under the controller's lock.
 */
final class JobRequests {
  private static final Logger LOG = LoggerFactory.getLogger(JobRequests.class);

  /** Ranges that a job has at a time: it reads those of a table together. */
  private static final int MAX_RANGES = 64;

  private final StoredSchedule schedule;
  private final ScheduleStore store;
  private final Map<Long, HandOut> handOuts = new HashMap<>();

  /** Null while none is connected. */
  private DumpController.JobRanges job;

  /** A range that the job was asked for. */
  private static final class HandOut {
    ScheduledRange range;
    long request;

    /** How many parts of it were read, of how many; 0 of 0 if nobody has told. */
    long partsRead;

    long parts;
  }

  JobRequests(StoredSchedule schedule, ScheduleStore store) {
    this.schedule = schedule;
    this.store = store;
  }

  /** A range that a job was asked for by a former run of the server. */
  void restore(ScheduledRange range) {
    HandOut handOut = new HandOut();
    handOut.range = range;
    handOut.request = range.request();
    handOuts.put(range.request(), handOut);
    schedule.ranges.restoreTaken(handOut, range);
  }

  /**
   * A job connects. What it has no more of what it was asked for is the next to be read.
   *
   * @return those of {@code held} that are wanted no more
   */
  Set<Long> open(Set<Long> held, DumpController.JobRanges ranges) throws SQLException {
    for (HandOut lost : List.copyOf(handOuts.values())) {
      if (!held.contains(lost.request)) {
        handOuts.remove(lost.request);
        store.request(lost.range, 0);
        schedule.forget(schedule.ranges.leave(lost));
      }
    }
    job = ranges;
    return unwanted(held);
  }

  /** Those of the requests of which nothing is wanted any more. */
  Set<Long> unwanted(Collection<Long> requests) {
    Set<Long> unwanted = new HashSet<>(requests);
    unwanted.removeAll(handOuts.keySet());
    return unwanted;
  }

  /** A job is gone; nothing happens if another one has taken its place. */
  void close(DumpController.JobRanges ranges) {
    if (job == ranges) {
      job = null;
    }
  }

  boolean isConnected() {
    return job != null;
  }

  /** How far a range is. Nothing happens if it is not wanted any more. */
  void progress(long request, long read, long parts) {
    HandOut handOut = handOuts.get(request);
    if (handOut != null) {
      handOut.partsRead = read;
      handOut.parts = parts;
    }
  }

  /** How far all ranges are. */
  ScheduleStatus.Parts parts() {
    long read = 0;
    long parts = 0;
    double rangesRead = 0;
    for (HandOut each : handOuts.values()) {
      read += each.partsRead;
      parts += each.parts;
      rangesRead += each.parts == 0 ? 0 : (double) each.partsRead / each.parts;
    }
    return new ScheduleStatus.Parts(read, parts, rangesRead);
  }

  /**
   * A range is done.
   *
   * @return whether it was wanted
   */
  boolean acknowledge(long request, long nanos) throws SQLException {
    HandOut done = handOuts.remove(request);
    if (done == null) {
      return false;
    }
    schedule.forget(schedule.ranges.acknowledge(done, this, nanos));
    return true;
  }

  /**
   * A range could not be read.
   *
   * @return whether it was wanted
   */
  boolean requeue(long request, String reason, long nanos) throws SQLException {
    HandOut back = takeBack(request, "is to be read again", reason);
    if (back == null) {
      return false;
    }
    store.request(back.range, 0);
    schedule.forget(schedule.ranges.requeue(back, nanos));
    return true;
  }

  /**
   * A range can never be read.
   *
   * @return whether it was wanted
   */
  boolean drop(long request, String reason, long nanos) throws SQLException {
    HandOut dropped = takeBack(request, "is dropped", reason);
    if (dropped == null) {
      return false;
    }
    schedule.forget(schedule.ranges.acknowledge(dropped, this, nanos));
    schedule.write(schedule.known().withoutRanges(1));
    return true;
  }

  /** Takes back what the job could not do with; null if it was not wanted. */
  private HandOut takeBack(long request, String outcome, String reason) {
    HandOut back = handOuts.remove(request);
    if (back != null) {
      LOG.warn("{}: the range '{}' {}: {}", schedule.uri, back.range.range(), outcome, reason);
      schedule.problem(back.range.range() + ": " + reason);
    }
    return back;
  }

  /**
   * Asks the job, if it is connected, for what there is and what it may have.
   *
   * @return how long until it may have more
   */
  long dispatch(long now) {
    if (job == null) {
      return Long.MAX_VALUE;
    }
    int most = schedule.ranges.isCooled() ? 1 : MAX_RANGES;
    while (handOuts.size() < most) {
      HandOut handOut = new HandOut();
      Optional<ScheduledRange> next = schedule.ranges.take(handOut, this, now);
      if (next.isEmpty()) {
        return schedule.ranges.waitNanos(this, now);
      }
      handOut.range = next.get();
      handOut.request = newRequest(next.get().range());
      try {
        store.request(handOut.range, handOut.request);
      } catch (SQLException e) {
        LOG.error(
            "{}: the range '{}' cannot be handed out", schedule.uri, handOut.range.range(), e);
        schedule.ranges.leave(handOut);
        return Long.MAX_VALUE;
      }
      handOuts.put(handOut.request, handOut);
      job.wanted(handOut.request, handOut.range.range());
    }
    return Long.MAX_VALUE;
  }

  private static long newRequest(DumpRange range) {
    long random = ThreadLocalRandom.current().nextInt(1, Integer.MAX_VALUE);
    return random << 32 | Integer.toUnsignedLong(range.dumpId());
  }
}
