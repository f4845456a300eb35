package io.tidemark.gateway.schedule;

/**
 * How far a URI's schedule is.
 *
 * @param waiting ranges that nobody has
 * @param running ranges that are being read, or of which rows are not acknowledged
 * @param ranges all that were put on it since it was last done
 * @param paused whether nothing is handed out
 * @param sinceMillis when the first was put on it, since 1970; 0 if none was
 * @param lastProblem why a range had to be read again, the last time since the server started
 * @param jobConnected whether a job is there that reads ranges
 */
public record ScheduleStatus(
    long waiting,
    long running,
    long ranges,
    boolean paused,
    long sinceMillis,
    String lastProblem,
    boolean jobConnected) {
  /** Ranges that are done, or were dropped. */
  public long done() {
    return Math.max(0, ranges - waiting - running);
  }
}
