package io.tidemark.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The runs of one case, ours and the peer's, and the line that sums them up. */
final class Comparison {
  private final String name;
  private final String ours;
  private final String peer;
  private final List<Double> ourRates = new ArrayList<>();
  private final List<Double> peerRates = new ArrayList<>();
  private final List<Double> cpuPerMillion = new ArrayList<>();

  /**
   * @param name the case, for people
   * @param ours what is measured
   * @param peer what it is measured beside
   */
  Comparison(String name, String ours, String peer) {
    this.name = name;
    this.ours = ours;
    this.peer = peer;
  }

  /** One run of ours. */
  void ours(Throughput throughput, double cpuSecondsPerMillion) {
    ourRates.add(throughput.perSecond());
    cpuPerMillion.add(cpuSecondsPerMillion);
  }

  /** One run of the peer. */
  void peer(Throughput throughput) {
    peerRates.add(throughput.perSecond());
  }

  /** How fast we are beside the peer; more than 1 is faster. Medians of all runs. */
  double ratio() {
    return Median.of(ourRates) / Median.of(peerRates);
  }

  /** {@code case: tidemark 100000 rows/s, peer ... rows/s, ... ratio=1.00}, medians of all runs. */
  String line() {
    return String.format(
        Locale.ROOT,
        "%s: %s %.0f rows/s, %s %.0f rows/s, %.2f CPU s per million rows, ratio=%.2f",
        name,
        ours,
        Median.of(ourRates),
        peer,
        Median.of(peerRates),
        Median.of(cpuPerMillion),
        ratio());
  }

  /**
   * {@code case: one 900 rows/s, other 1000 rows/s, ratio=0.90}, medians of all runs. Without runs
   * of one of them there is no ratio: {@code case: one none, other 1000 rows/s, ratio=none}.
   */
  static String rates(
      String name, String one, List<Double> oneRates, String other, List<Double> otherRates) {
    boolean comparable = !oneRates.isEmpty() && !otherRates.isEmpty();
    return "%s: %s %s, %s %s, ratio=%s"
        .formatted(
            name,
            one,
            rate(oneRates),
            other,
            rate(otherRates),
            comparable
                ? String.format(Locale.ROOT, "%.2f", Median.of(oneRates) / Median.of(otherRates))
                : "none");
  }

  private static String rate(List<Double> rates) {
    return rates.isEmpty() ? "none" : String.format(Locale.ROOT, "%.0f rows/s", Median.of(rates));
  }
}
