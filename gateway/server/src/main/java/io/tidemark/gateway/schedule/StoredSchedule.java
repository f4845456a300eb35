package io.tidemark.gateway.schedule;

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The schedule of one URI, and the store that has it: what workers and the job take their ranges
 * from. Under the controller's lock.
 */
final class StoredSchedule {
  final String uri;
  final DumpSchedule ranges = new DumpSchedule();
  private final ScheduleStore store;
  private UriSchedule known = UriSchedule.NONE;
  private String lastProblem = "";

  StoredSchedule(String uri, ScheduleStore store) {
    this.uri = uri;
    this.store = store;
  }

  /** What the store has of it beside its ranges. */
  void restore(UriSchedule stored) {
    known = stored;
    ranges.coolDown(stored.coolDown());
    ranges.pause(stored.paused());
  }

  UriSchedule known() {
    return known;
  }

  void write(UriSchedule next) throws SQLException {
    store.schedule(uri, next);
    known = next;
  }

  /** Adds ranges behind those that it has. */
  void add(List<DumpRange> more) throws SQLException {
    boolean fresh = ranges.isDone();
    UriSchedule next =
        known.withRanges(
            (fresh ? 0 : known.ranges()) + more.size(),
            fresh ? System.currentTimeMillis() : known.sinceMillis());
    ranges.add(store.add(uri, more));
    write(next);
    if (fresh) {
      lastProblem = "";
    }
  }

  /**
   * Drops what nobody has, all of it or, if it fails, none.
   *
   * @return how many ranges
   */
  int stop() throws SQLException {
    List<ScheduledRange> waiting = ranges.waiting();
    UriSchedule next = known.withoutRanges(waiting.size());
    if (!ranges.isDone()) {
      next = next.withCoolDown(Duration.ZERO);
    }
    store.stop(uri, waiting, next);
    known = next;
    ranges.stop();
    return waiting.size();
  }

  /** Forgets a range that is on the schedule no more; if it was the last, the cool-down, too. */
  void forget(Optional<ScheduledRange> done) throws SQLException {
    if (done.isPresent()) {
      store.remove(List.of(done.get()));
      if (!ranges.isCooled() && !known.coolDown().isZero()) {
        write(known.withCoolDown(Duration.ZERO));
      }
    }
  }

  /** Why a range is read again or was dropped, the last time. */
  String lastProblem() {
    return lastProblem;
  }

  void problem(String reason) {
    lastProblem = reason;
  }
}
