package io.tidemark.benchmarks;

import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * What a counting sink saw between the first and the last of the rows that its task is about: of
 * the dump in a dump, of the stream otherwise. As a line of text it comes out of a {@link
 * CaptureProcess}.
 *
 * @param rows the rows that it is about
 * @param others rows of the other kind within that time
 * @param nanos the time
 * @param cpuNanos processor time of the whole JVM within that time
 * @param lastAtMillis when the last one came, as {@link System#currentTimeMillis}
 */
record RowCounts(long rows, long others, long nanos, long cpuNanos, long lastAtMillis) {
  /** Of a dump that gave no rows, or one, before its stream ended. */
  static final RowCounts NONE = new RowCounts(0, 0, 0, 0, 0);

  /** What {@link #cpuSecondsPerMillion} counts. */
  static final String CPU_UNIT = "s per million rows";

  private static final String PREFIX = "counts ";
  private static final double NANOS = 1e9;
  private static final double MILLION = 1e6;

  double seconds() {
    return nanos / NANOS;
  }

  Throughput throughput() {
    return new Throughput(rows, seconds());
  }

  /** Rows of the other kind, per second. */
  double othersPerSecond() {
    return new Throughput(others, seconds()).perSecond();
  }

  double cpuSecondsPerMillion() {
    return cpuNanos / NANOS / (rows / MILLION);
  }

  String toLine() {
    return Arrays.stream(new long[] {rows, others, nanos, cpuNanos, lastAtMillis})
        .mapToObj(Long::toString)
        .collect(Collectors.joining(" ", PREFIX, ""));
  }

  /** Whether a line is one of {@link #toLine}. */
  static boolean isLine(String line) {
    return line.startsWith(PREFIX);
  }

  static RowCounts parse(String line) {
    String[] words = isLine(line) ? line.substring(PREFIX.length()).split(" ", -1) : new String[0];
    if (words.length != 5) {
      throw new IllegalArgumentException("not counts: '" + line + "'");
    }
    long[] values = Arrays.stream(words).mapToLong(Long::parseLong).toArray();
    return new RowCounts(values[0], values[1], values[2], values[3], values[4]);
  }
}
