package io.tidemark.postgres.types;

import io.tidemark.postgres.PgType;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.SignStyle;
import java.time.temporal.ChronoField;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Writes Java values as text that PostgreSQL reads, to ask it whether they are what it sent. */
public final class Literals {
  private static final DateTimeFormatter DATE = dated("-MM-dd G");
  private static final DateTimeFormatter TIMESTAMP = dated("-MM-dd HH:mm:ss.SSSSSS G");
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss.SSSSSS");

  private Literals() {}

  private static DateTimeFormatter dated(String rest) {
    return new DateTimeFormatterBuilder()
        .appendValue(ChronoField.YEAR_OF_ERA, 4, 10, SignStyle.NOT_NEGATIVE)
        .appendPattern(rest)
        .toFormatter(Locale.ROOT);
  }

  /** A value that was decoded as one of the type. */
  public static String of(Object value, PgType type) {
    PgType underlying = type.underlying();
    return switch (underlying.kind()) {
      case ARRAY ->
          underlying.name().endsWith("vector")
              ? ((PgArray) value).stream().map(Object::toString).collect(Collectors.joining(" "))
              : bounds((PgArray) value) + array((PgArray) value, underlying.inner());
      case RANGE -> range((Range) value, underlying.inner());
      case MULTIRANGE -> {
        StringJoiner text = new StringJoiner(",", "{", "}");
        ((List<?>) value).forEach(range -> text.add(range((Range) range, underlying.inner())));
        yield text.toString();
      }
      case COMPOSITE -> {
        StringJoiner text = new StringJoiner(",", "(", ")");
        for (Composite.Field field : ((Composite) value).fields()) {
          text.add(field.value() == null ? "" : quote(of(field.value(), field.type())));
        }
        yield text.toString();
      }
      case BASE, ENUM, DOMAIN, UNKNOWN -> scalar(value);
    };
  }

  private static String scalar(Object value) {
    if (value instanceof byte[] bytes) {
      return "\\x" + HexFormat.of().formatHex(bytes);
    } else if (value instanceof BigDecimal number) {
      return number.toPlainString();
    } else if (value instanceof LocalDate date) {
      return endless(value, LocalDate.MIN, LocalDate.MAX, () -> DATE.format(date));
    } else if (value instanceof LocalDateTime time) {
      return endless(value, LocalDateTime.MIN, LocalDateTime.MAX, () -> TIMESTAMP.format(time));
    } else if (value instanceof Instant instant) {
      return endless(
          value,
          Instant.MIN,
          Instant.MAX,
          () -> TIMESTAMP.format(instant.atOffset(ZoneOffset.UTC)).replaceFirst("( ..)$", "+00$1"));
    } else if (value instanceof LocalTime time) {
      return time.equals(LocalTime.MAX) ? "24:00:00" : TIME.format(time);
    } else if (value instanceof OffsetTime time) {
      return scalar(time.toLocalTime()) + time.getOffset();
    } else if (value instanceof Map<?, ?> pairs) {
      StringJoiner text = new StringJoiner(",");
      pairs.forEach((k, v) -> text.add(quote(k) + "=>" + (v == null ? "NULL" : quote(v))));
      return text.toString();
    }
    return value.toString();
  }

  private static String endless(Object value, Object min, Object max, Supplier<String> text) {
    return value.equals(min) ? "-infinity" : value.equals(max) ? "infinity" : text.get();
  }

  private static String bounds(PgArray array) {
    StringBuilder text = new StringBuilder();
    boolean usual = true;
    for (Object at = array; at instanceof PgArray dimension && !dimension.isEmpty(); ) {
      int lower = dimension.lowerBound();
      usual &= lower == 1;
      text.append("[%d:%d]".formatted(lower, lower + dimension.size() - 1));
      at = dimension.get(0);
    }
    return usual ? "" : text + "=";
  }

  private static String array(PgArray array, PgType element) {
    String delimiter = element.oid() == Oids.BOX ? ";" : ",";
    StringJoiner text = new StringJoiner(delimiter, "{", "}");
    for (Object value : array) {
      text.add(
          value == null
              ? "NULL"
              : value instanceof PgArray inner ? array(inner, element) : quote(of(value, element)));
    }
    return text.toString();
  }

  private static String range(Range range, PgType subtype) {
    return range.empty()
        ? "empty"
        : range.brackets().charAt(0)
            + (range.lower() == null ? "" : quote(of(range.lower(), subtype)))
            + ","
            + (range.upper() == null ? "" : quote(of(range.upper(), subtype)))
            + range.brackets().charAt(1);
  }

  private static String quote(Object text) {
    return '"' + text.toString().replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }
}
