package io.tidemark.cli;

import io.tidemark.gateway.wire.DumpsStatus;
import java.util.Optional;

/**
 * A schedule of dumps that somebody waits for. A range that is dropped counts no more in a status:
 * that there were more ranges before is what tells of it.
 */
final class AwaitedDumps {
  private DumpsStatus last;
  private long most;

  AwaitedDumps(DumpsStatus first) {
    last = first;
    most = ranges(first);
  }

  /** Number of all ranges that a status is of. */
  static long ranges(DumpsStatus status) {
    return status.getWaiting() + status.getRunning() + status.getDone();
  }

  /** What the schedule has come to since. */
  void see(DumpsStatus status) {
    // Another schedule, begun since: of the former nothing is known any more.
    boolean fresh = status.getSince() != last.getSince();
    most = Math.max(fresh ? 0 : most, ranges(status));
    last = status;
  }

  boolean areOver() {
    return last.getWaiting() + last.getRunning() == 0;
  }

  /** What did not get done and why, once they are over; empty if all did. */
  Optional<String> problem() {
    long missing = most - last.getDone();
    if (missing == 0) {
      return Optional.empty();
    }
    return Optional.of(
        "%d of %d ranges did not get done and will not come again; schedule them again%s"
            .formatted(
                missing,
                most,
                last.getLastProblem().isEmpty()
                    ? ", if they are still wanted: the schedule was stopped"
                    : " when this is mended: " + last.getLastProblem()));
  }
}
