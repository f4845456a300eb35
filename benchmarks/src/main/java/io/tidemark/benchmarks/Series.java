package io.tidemark.benchmarks;

import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * Figures of one kind, one of each run.
 *
 * @param name whose they are, or what of
 * @param unit what they count, as in {@code rows/s}
 * @param value what sums them up; empty if no run has one
 * @param runs each run's, in their order
 */
record Series(String name, String unit, OptionalDouble value, List<Double> runs) {
  private static final double WITHOUT_DECIMALS = 100;

  Series {
    runs = List.copyOf(runs);
  }

  /** Those of which the median counts. */
  static Series median(String name, String unit, List<Double> runs) {
    return new Series(
        name,
        unit,
        runs.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(Median.of(runs)),
        runs);
  }

  /** {@code tidemark 100000 rows/s}. */
  String text() {
    if (value.isEmpty()) {
      return name + " none";
    }
    double figure = value.getAsDouble();
    String format = Math.abs(figure) < WITHOUT_DECIMALS ? "%s %.2f %s" : "%s %.0f %s";
    return String.format(Locale.ROOT, format, name, figure, unit);
  }
}
