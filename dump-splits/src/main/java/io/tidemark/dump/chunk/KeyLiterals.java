package io.tidemark.dump.chunk;

import io.tidemark.postgres.PgType;
import io.tidemark.postgres.PgType.Kind;
import io.tidemark.postgres.types.Values;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoField;
import java.util.HexFormat;
import java.util.Locale;

/**
 * Text that PostgreSQL reads back as the very value, for the types that keys are made of. It is for
 * literals without a cast: they take the type of the column that they are compared with.
 */
final class KeyLiterals {
  private static final int FLOAT4 = 700;

  private KeyLiterals() {}

  /** Whether {@link #text} can be asked for values of this type. */
  static boolean supports(PgType type) {
    PgType underlying = type.underlying();
    if (!type.binary() || underlying.kind() == Kind.ENUM) {
      return type.binary();
    }
    return underlying.kind() == Kind.BASE
        && (isCitext(underlying)
            || switch (underlying.oid()) {
              // bool, bytea, name, int8, int2, int4, text, oid, xid
              case 16, 17, 19, 20, 21, 23, 25, 26, 28 -> true;
              // float4, float8, macaddr8, macaddr, cidr, inet, bpchar, varchar
              case FLOAT4, 701, 774, 829, 650, 869, 1042, 1043 -> true;
              // date, time, timestamp, timestamptz, timetz, bit, varbit, numeric
              case 1082, 1083, 1114, 1184, 1266, 1560, 1562, 1700 -> true;
              // uuid, pg_lsn, jsonb, xid8
              case 2950, 3220, 3802, 5069 -> true;
              default -> false;
            });
  }

  /** citext is compared by an operator in its own schema. */
  static boolean isCitext(PgType underlying) {
    return underlying.kind() == Kind.BASE && underlying.name().endsWith(".citext");
  }

  /**
   * The text of a value in binary form.
   *
   * @throws IllegalArgumentException if the type is not supported, or the bytes are no such value
   */
  static String text(byte[] bytes, int offset, int length, PgType type) {
    if (!supports(type)) {
      throw new IllegalArgumentException("no literal for type " + type.name());
    }
    Object value = Values.decode(bytes, offset, length, type);
    if (value instanceof byte[] binary) {
      return "\\x" + HexFormat.of().formatHex(binary);
    } else if (value instanceof LocalDate date) {
      return date(date);
    } else if (value instanceof LocalDateTime timestamp) {
      return timestamp(timestamp, "");
    } else if (value instanceof Instant instant) {
      return instant(instant);
    } else if (value instanceof LocalTime time) {
      return time(time);
    } else if (value instanceof OffsetTime time) {
      return time(time.toLocalTime()) + time.getOffset().getId().replace("Z", "+00");
    }
    return value.toString();
  }

  private static String date(LocalDate date) {
    if (date.equals(LocalDate.MAX) || date.equals(LocalDate.MIN)) {
      return date.equals(LocalDate.MAX) ? "infinity" : "-infinity";
    }
    return day(date) + era(date);
  }

  private static String instant(Instant instant) {
    if (instant.equals(Instant.MAX) || instant.equals(Instant.MIN)) {
      return instant.equals(Instant.MAX) ? "infinity" : "-infinity";
    }
    return timestamp(LocalDateTime.ofInstant(instant, ZoneOffset.UTC), "+00");
  }

  private static String timestamp(LocalDateTime timestamp, String zone) {
    if (timestamp.equals(LocalDateTime.MAX) || timestamp.equals(LocalDateTime.MIN)) {
      return timestamp.equals(LocalDateTime.MAX) ? "infinity" : "-infinity";
    }
    LocalDate date = timestamp.toLocalDate();
    return day(date) + " " + time(timestamp.toLocalTime()) + zone + era(date);
  }

  private static String day(LocalDate date) {
    return String.format(
        Locale.ROOT,
        "%04d-%02d-%02d",
        date.get(ChronoField.YEAR_OF_ERA),
        date.getMonthValue(),
        date.getDayOfMonth());
  }

  private static String era(LocalDate date) {
    return date.getYear() > 0 ? "" : " BC";
  }

  private static String time(LocalTime time) {
    return time.equals(LocalTime.MAX)
        ? "24:00:00"
        : String.format(
            Locale.ROOT,
            "%02d:%02d:%02d.%06d",
            time.getHour(),
            time.getMinute(),
            time.getSecond(),
            time.getNano() / 1000);
  }
}
