package io.tidemark.benchmarks;

import java.util.ArrayList;
import java.util.List;

/** The runs of one case, ours and the peer's. */
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

  /** What all runs say: how fast we are beside the peer, a ratio of more than 1 being faster. */
  Measurement measurement() {
    return Measurement.beside(
        name,
        Series.median(ours, Throughput.UNIT, ourRates),
        Series.median(peer, Throughput.UNIT, peerRates),
        Series.median("CPU", RowCounts.CPU_UNIT, cpuPerMillion));
  }
}
