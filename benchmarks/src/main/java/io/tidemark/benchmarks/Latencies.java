package io.tidemark.benchmarks;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * How long things took, in buckets that are a sixteenth wide: figures out of it are as much too
 * high at most. For one thread.
 */
final class Latencies {
  private static final String PREFIX = "latencies ";
  private static final int SUB_BITS = 4;
  private static final int SUB = 1 << SUB_BITS;
  private static final int BUCKETS = 40 * SUB;
  private static final long[] SHOWN_MICROS = {
    500, 1_000, 2_000, 3_000, 5_000, 10_000, 15_000, 30_000, 100_000
  };

  private final long[] counts = new long[BUCKETS];
  private long total;
  private long most;

  /** Adds one; one below 0, as of two clocks, counts as 0. */
  void add(long micros) {
    long value = Math.max(0, micros);
    counts[bucket(value)]++;
    total++;
    most = Math.max(most, value);
  }

  private static int bucket(long micros) {
    if (micros < SUB) {
      return (int) micros;
    }
    int magnitude = 63 - Long.numberOfLeadingZeros(micros);
    int sub = (int) (micros >>> (magnitude - SUB_BITS)) & (SUB - 1);
    return Math.min(BUCKETS - 1, (magnitude - SUB_BITS + 1) * SUB + sub);
  }

  /** The longest that falls into a bucket. */
  private static long upper(int bucket) {
    if (bucket < SUB) {
      return bucket;
    }
    int shift = bucket / SUB - 1;
    return ((long) (SUB + bucket % SUB + 1) << shift) - 1;
  }

  /** The time, in microseconds, that this share of all took at most. */
  long percentileMicros(double percent) {
    long wanted = (long) Math.ceil(total * percent / 100);
    long seen = 0;
    for (int i = 0; i < BUCKETS; i++) {
      seen += counts[i];
      if (seen >= wanted && seen > 0) {
        return Math.min(most, upper(i));
      }
    }
    return most;
  }

  long count() {
    return total;
  }

  /**
   * The median, p90, p99, p99.9 and the longest, in milliseconds.
   *
   * @param of what took so long, as in {@code to the sink}
   */
  List<Series> figures(String of) {
    return List.of(
        millis("p50 " + of, percentileMicros(50)),
        millis("p90 " + of, percentileMicros(90)),
        millis("p99 " + of, percentileMicros(99)),
        millis("p99.9 " + of, percentileMicros(99.9)),
        millis("max " + of, most));
  }

  private static Series millis(String name, long micros) {
    return Series.median(name, "ms", List.of(micros / 1e3));
  }

  /** How many took no longer than some round times. */
  String histogram() {
    StringBuilder text = new StringBuilder();
    long below = 0;
    int bucket = 0;
    for (long limit : SHOWN_MICROS) {
      long here = 0;
      for (; bucket < BUCKETS && upper(bucket) <= limit; bucket++) {
        here += counts[bucket];
      }
      below += here;
      text.append(String.format(Locale.ROOT, "<=%.1f ms: %d, ", limit / 1e3, here));
    }
    return text.append("more: ").append(total - below).toString();
  }

  String toLine() {
    return PREFIX
        + most
        + " "
        + Arrays.stream(counts).mapToObj(Long::toString).collect(Collectors.joining(","));
  }

  /** Whether a line is one of {@link #toLine}. */
  static boolean isLine(String line) {
    return line.startsWith(PREFIX);
  }

  static Latencies parse(String line) {
    String[] words = isLine(line) ? line.substring(PREFIX.length()).split(" ", -1) : new String[0];
    String[] counts = words.length == 2 ? words[1].split(",", -1) : words;
    if (counts.length != BUCKETS) {
      throw new IllegalArgumentException("not latencies: '" + line + "'");
    }
    Latencies latencies = new Latencies();
    latencies.most = Long.parseLong(words[0]);
    for (int i = 0; i < BUCKETS; i++) {
      latencies.counts[i] = Long.parseLong(counts[i]);
      latencies.total += latencies.counts[i];
    }
    return latencies;
  }
}
