package io.tidemark.gateway.schedule;

/**
 * How far a URI's schedule is.
 *
 * @param waiting number of ranges that nobody has
 * @param running number of ranges that are being read, or that have rows which are not acknowledged
 * @param ranges number of all ranges that were put on the schedule since it was last done
 * @param parts how far those ranges are that are being read
 * @param paused whether nothing is handed out
 * @param sinceMillis when the first of these ranges was put on it, in milliseconds since 1970; 0 if
 *     none was
 * @param lastProblem why a range had to be read again or was dropped, the last time since the
 *     server started
 * @param jobConnected whether a job is there that reads ranges
 */
public record ScheduleStatus(
    long waiting,
    long running,
    long ranges,
    Parts parts,
    boolean paused,
    long sinceMillis,
    String lastProblem,
    boolean jobConnected) {
  /**
   * How far ranges are that are being read by a job, as far as it has told.
   *
   * @param read parts that were read
   * @param all parts
   * @param ranges how many ranges were read, in fractions
   */
  public record Parts(long read, long all, double ranges) {
    static final Parts NONE = new Parts(0, 0, 0);
  }

  /** From 0 to 1: what is done, and what was read of the others. 0 if there is nothing. */
  public double progress() {
    long all = Math.max(ranges, waiting + running);
    return all == 0 ? 0 : (all - waiting - running + parts.ranges()) / all;
  }

  /** Ranges that are done. */
  public long done() {
    return Math.max(0, ranges - waiting - running);
  }
}
