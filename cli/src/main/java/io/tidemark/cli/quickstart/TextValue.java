package io.tidemark.cli.quickstart;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tidemark.postgres.Column;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;

/** PostgreSQL's text of a value in its binary form, for the types of columns that are added. */
final class TextValue {
  private static final int INT8 = 20;
  private static final int INT4 = 23;
  private static final int TEXT = 25;
  private static final int VARCHAR = 1043;
  private static final int TIMESTAMPTZ = 1184;
  private static final Instant EPOCH = Instant.parse("2000-01-01T00:00:00Z");

  /** With the settings that the extension writes values under: {@code 2026-11-30 22:41:33.5+00}. */
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss[.SSSSSS][.SSSSS][.SSSS][.SSS][.SS][.S]X");

  private TextValue() {}

  /** Whether a column has texts, whose binary form is the text. */
  static boolean isText(Column column) {
    int oid = column.type().oid();
    return oid == TEXT || oid == VARCHAR;
  }

  /**
   * A column of a {@link RowImage}.
   *
   * @param text null for null
   * @throws IllegalArgumentException if the quickstart adds no columns of that type
   */
  static byte[] column(Column column, String text) {
    return RowImage.column(text == null ? null : binary(column, text));
  }

  private static byte[] binary(Column column, String text) {
    return switch (column.type().oid()) {
      case INT4 -> ByteBuffer.allocate(Integer.BYTES).putInt(Integer.parseInt(text)).array();
      case INT8 -> number(Long.parseLong(text));
      case TEXT, VARCHAR -> text.getBytes(UTF_8);
      case TIMESTAMPTZ ->
          number(ChronoUnit.MICROS.between(EPOCH, OffsetDateTime.parse(text, TIME).toInstant()));
      default ->
          throw new IllegalArgumentException(
              "the quickstart adds no columns of type " + column.type().name());
    };
  }

  private static byte[] number(long value) {
    return ByteBuffer.allocate(Long.BYTES).putLong(value).array();
  }
}
