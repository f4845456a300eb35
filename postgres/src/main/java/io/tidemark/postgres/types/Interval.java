package io.tidemark.postgres.types;

import java.util.Locale;

/**
 * A PostgreSQL interval: three amounts that do not convert into each other, each with its sign.
 *
 * @param months months, with the years
 * @param days days, with the weeks
 * @param micros microseconds, with hours, minutes and seconds
 */
public record Interval(int months, int days, long micros) {
  /** {@code infinity}, from PostgreSQL 17 on. */
  public static final Interval INFINITY =
      new Interval(Integer.MAX_VALUE, Integer.MAX_VALUE, Long.MAX_VALUE);

  /** {@code -infinity}, from PostgreSQL 17 on. */
  public static final Interval NEGATIVE_INFINITY =
      new Interval(Integer.MIN_VALUE, Integer.MIN_VALUE, Long.MIN_VALUE);

  private static final long SECOND = 1_000_000;
  private static final long MINUTE = 60 * SECOND;
  private static final long HOUR = 60 * MINUTE;

  /**
   * As PostgreSQL writes it with {@code intervalstyle = iso_8601}, which it reads again, too:
   * {@code P1Y2M3DT4H5M6.789S}, {@code P-1M}, {@code PT0S}, {@code infinity}.
   */
  @Override
  public String toString() {
    if (equals(INFINITY)) {
      return "infinity";
    }
    if (equals(NEGATIVE_INFINITY)) {
      return "-infinity";
    }
    StringBuilder text = new StringBuilder("P");
    append(text, months / 12, 'Y');
    append(text, months % 12, 'M');
    append(text, days, 'D');
    if (micros != 0) {
      text.append('T');
      append(text, micros / HOUR, 'H');
      append(text, micros % HOUR / MINUTE, 'M');
      appendSeconds(text, micros % MINUTE);
    }
    return text.length() == 1 ? "PT0S" : text.toString();
  }

  private static void append(StringBuilder text, long amount, char unit) {
    if (amount != 0) {
      text.append(amount).append(unit);
    }
  }

  private static void appendSeconds(StringBuilder text, long micros) {
    if (micros == 0) {
      return;
    }
    long magnitude = Math.abs(micros);
    text.append(micros < 0 ? "-" : "").append(magnitude / SECOND);
    long fraction = magnitude % SECOND;
    if (fraction != 0) {
      text.append('.').append(String.format(Locale.ROOT, "%06d", fraction).replaceAll("0+$", ""));
    }
    text.append('S');
  }
}
