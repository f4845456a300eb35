package io.tidemark.gateway.schedule;

import java.time.Duration;

/**
 * What is known of a URI's schedule beside its ranges.
 *
 * @param coolDown the least time between two ranges of a client
 * @param paused whether nothing is handed out
 * @param ranges how many were put on it since it was last done
 * @param sinceMillis when the first of these was, since 1970; 0 if there was none yet
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

  /** Without so many ranges that were dropped: they are none of the schedule's any more. */
  UriSchedule withoutRanges(int dropped) {
    return withRanges(Math.max(0, ranges - dropped), sinceMillis);
  }
}
