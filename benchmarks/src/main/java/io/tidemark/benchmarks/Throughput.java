package io.tidemark.benchmarks;

import java.util.Locale;

/**
 * Rows within a time.
 *
 * @param rows how many
 * @param seconds how long they took
 */
record Throughput(long rows, double seconds) {
  /** What {@link #perSecond} counts. */
  static final String UNIT = "rows/s";

  Throughput {
    if (rows < 0 || !(seconds > 0)) {
      throw new IllegalArgumentException(rows + " rows in " + seconds + " s");
    }
  }

  double perSecond() {
    return rows / seconds;
  }

  /** {@code 1000000 rows in 9.41 s}. */
  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%d rows in %.2f s", rows, seconds);
  }
}
