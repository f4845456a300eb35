package io.tidemark.postgres.row;

import com.fasterxml.jackson.core.JsonGenerator;
import io.tidemark.postgres.PgType;
import io.tidemark.postgres.types.Composite;
import io.tidemark.postgres.types.Range;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetTime;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** Writes decoded values as JSON; {@link RowJson} documents how. */
final class JsonValues {
  private static final int JSON = 114;
  private static final int JSONB = 3802;

  private JsonValues() {}

  static void write(JsonGenerator json, Object value, PgType type) throws IOException {
    PgType underlying = type.underlying();
    if (value instanceof String text) {
      text(json, text, underlying.oid());
    } else if (value instanceof List<?> elements) {
      // A multirange's ranges need the type of their bounds, which is its inner type, too.
      boolean nested = underlying.kind() == PgType.Kind.ARRAY;
      json.writeStartArray();
      for (Object element : elements) {
        boolean dimension = element instanceof List<?> && !isList(underlying.inner());
        write(json, element, nested && !dimension ? underlying.inner() : underlying);
      }
      json.writeEndArray();
    } else if (value instanceof Range range) {
      range(json, range, underlying.inner());
    } else if (value instanceof Composite composite) {
      json.writeStartArray();
      for (Composite.Field field : composite.fields()) {
        write(json, field.value(), field.type());
      }
      json.writeEndArray();
    } else {
      scalar(json, value);
    }
  }

  private static boolean isList(PgType type) {
    PgType.Kind kind = type.underlying().kind();
    return kind == PgType.Kind.ARRAY || kind == PgType.Kind.MULTIRANGE;
  }

  private static void scalar(JsonGenerator json, Object value) throws IOException {
    if (value == null) {
      json.writeNull();
    } else if (value instanceof Boolean truth) {
      json.writeBoolean(truth);
    } else if (value instanceof Number number) {
      number(json, number);
    } else if (value instanceof byte[] bytes) {
      json.writeString("\\x" + HexFormat.of().formatHex(bytes));
    } else if (value instanceof Map<?, ?> pairs) {
      json.writeStartObject();
      for (Map.Entry<?, ?> pair : pairs.entrySet()) {
        json.writeFieldName((String) pair.getKey());
        scalar(json, pair.getValue());
      }
      json.writeEndObject();
    } else {
      json.writeString(time(value));
    }
  }

  private static void number(JsonGenerator json, Number number) throws IOException {
    if (number instanceof Long || number instanceof Integer || number instanceof Short) {
      json.writeNumber(number.longValue());
    } else if (number instanceof BigDecimal decimal) {
      // Not the generator's own plain form, which refuses scales above 9,999.
      json.writeNumber(decimal.toPlainString());
    } else if (number instanceof BigInteger integer) {
      json.writeNumber(integer);
    } else if (number instanceof Float real) {
      json.writeNumber(real);
    } else {
      json.writeNumber(number.doubleValue());
    }
  }

  private static void text(JsonGenerator json, String text, int oid) throws IOException {
    if (oid == JSON || oid == JSONB) {
      // json keeps its white space, and a line end in it, never within its strings, is no line end.
      json.writeRawValue(text.replace('\n', ' ').replace('\r', ' '));
    } else {
      json.writeString(text);
    }
  }

  private static void range(JsonGenerator json, Range range, PgType subtype) throws IOException {
    json.writeStartObject();
    if (range.empty()) {
      json.writeBooleanField("empty", true);
    } else {
      json.writeFieldName("lower");
      write(json, range.lower(), subtype);
      json.writeFieldName("upper");
      write(json, range.upper(), subtype);
      json.writeStringField("bounds", range.brackets());
    }
    json.writeEndObject();
  }

  /** ISO 8601 with seconds, also where java.time leaves them out. */
  private static String time(Object value) {
    if (value instanceof Instant instant) {
      return endless(instant, Instant.MIN, Instant.MAX, instant.toString());
    } else if (value instanceof LocalDate date) {
      return endless(date, LocalDate.MIN, LocalDate.MAX, date.toString());
    } else if (value instanceof LocalDateTime time) {
      String text = DateTimeFormatter.ISO_LOCAL_DATE_TIME.format(time);
      return endless(time, LocalDateTime.MIN, LocalDateTime.MAX, text);
    } else if (value instanceof LocalTime time) {
      return time.equals(LocalTime.MAX)
          ? "24:00:00"
          : DateTimeFormatter.ISO_LOCAL_TIME.format(time);
    } else if (value instanceof OffsetTime time) {
      return time(time.toLocalTime()) + time.getOffset();
    }
    return value.toString();
  }

  private static String endless(Object value, Object min, Object max, String text) {
    return value.equals(min) ? "-infinity" : value.equals(max) ? "infinity" : text;
  }
}
