package io.tidemark.gateway.schedule;

import java.time.Duration;

/**
 * What is known of a URI's schedule beside its ranges.
 *
 * @param coolDown the least time between two ranges of a client, while the schedule is not done; of
 *     the next one if it is
 * @param paused whether nothing is handed out
 * @param ranges number of ranges that were put on the schedule since it was last done
 * @param sinceMillis when the first of these ranges was put on it, in milliseconds since 1970; 0 if
 *     none was yet
 */
record UriSchedule(Duration coolDown, boolean paused, long ranges, long sinceMillis) {
  static final UriSchedule NONE = new UriSchedule(Duration.ZERO, false, 0, 0);

  UriSchedule withCoolDown(Duration least) {
    return new UriSchedule(least, paused, ranges, sinceMillis);
  }

  UriSchedule withPaused(boolean now) {
    return new UriSchedule(coolDown, now, ranges, sinceMillis);
  }

  UriSchedule withRanges(long count, long since) {
    return new UriSchedule(coolDown, paused, count, since);
  }

  /** After {@code dropped} ranges were dropped: they count no more. */
  UriSchedule withoutRanges(int dropped) {
    return withRanges(Math.max(0, ranges - dropped), sinceMillis);
  }
}
