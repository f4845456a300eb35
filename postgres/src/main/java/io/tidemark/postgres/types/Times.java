package io.tidemark.postgres.types;

import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetTime;
import java.time.ZoneOffset;

/** Dates and times: days, or microseconds, since 2000-01-01. */
final class Times {
  private static final long EPOCH_DAY = 10_957;
  private static final long EPOCH_SECOND = EPOCH_DAY * 86_400;
  private static final long DAY_MICROS = 86_400_000_000L;

  private Times() {}

  static LocalDate date(ValueReader in) {
    int days = in.expectLength(4).int32();
    return switch (days) {
      case Integer.MAX_VALUE -> LocalDate.MAX;
      case Integer.MIN_VALUE -> LocalDate.MIN;
      default -> LocalDate.ofEpochDay(EPOCH_DAY + days);
    };
  }

  static LocalDateTime timestamp(ValueReader in) {
    long micros = in.expectLength(8).int64();
    if (micros == Long.MAX_VALUE) {
      return LocalDateTime.MAX;
    }
    return micros == Long.MIN_VALUE
        ? LocalDateTime.MIN
        : LocalDateTime.ofEpochSecond(second(micros), nano(micros), ZoneOffset.UTC);
  }

  static Instant timestamptz(ValueReader in) {
    long micros = in.expectLength(8).int64();
    if (micros == Long.MAX_VALUE) {
      return Instant.MAX;
    }
    return micros == Long.MIN_VALUE
        ? Instant.MIN
        : Instant.ofEpochSecond(second(micros), nano(micros));
  }

  static LocalTime time(ValueReader in) {
    long micros = in.int64();
    if (micros < 0 || micros > DAY_MICROS) {
      throw in.malformed("it is no time of a day");
    }
    return micros == DAY_MICROS ? LocalTime.MAX : LocalTime.ofNanoOfDay(1000 * micros);
  }

  static OffsetTime timetz(ValueReader in) {
    LocalTime time = time(in.expectLength(12));
    int secondsWest = in.int32();
    if (secondsWest < -64_800 || secondsWest > 64_800) {
      throw in.malformed("its zone is out of range");
    }
    return OffsetTime.of(time, ZoneOffset.ofTotalSeconds(-secondsWest));
  }

  static Interval interval(ValueReader in) {
    long micros = in.expectLength(16).int64();
    int days = in.int32();
    return new Interval(in.int32(), days, micros);
  }

  private static long second(long micros) {
    return EPOCH_SECOND + Math.floorDiv(micros, 1_000_000);
  }

  private static int nano(long micros) {
    return (int) Math.floorMod(micros, 1_000_000L) * 1000;
  }
}
