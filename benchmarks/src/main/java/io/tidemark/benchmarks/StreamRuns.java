package io.tidemark.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The runs of a stream, beside a dump and without. A dump costs the stream something only while
 * both run, so that time alone counts: of a backlog it ends with the dump or with the backlog,
 * whichever is first. A run in which they hardly met tells nothing.
 */
final class StreamRuns {
  /** Rows come in chunks and batches, so that the rate of less time is one of how these fell. */
  private static final double SHORTEST_SECONDS = 0.1;

  private final String name;
  private final List<Double> whileDumping = new ArrayList<>();
  private final List<Double> without = new ArrayList<>();
  private final List<Double> secondsOfBoth = new ArrayList<>();

  /**
   * @param name the case, for people
   */
  StreamRuns(String name) {
    this.name = name;
  }

  /** Takes what a run counted while both ran, and says it for people. */
  String whileDumping(RowCounts counts) {
    secondsOfBoth.add(counts.seconds());
    if (counts.seconds() < SHORTEST_SECONDS) {
      return String.format(
          Locale.ROOT, "no rate while dumping, as both ran for %.3f s", counts.seconds());
    }
    whileDumping.add(counts.othersPerSecond());
    return String.format(
        Locale.ROOT, "%.0f rows/s while dumping %s", counts.othersPerSecond(), counts.throughput());
  }

  /** Takes a run without a dump, and says it for people. */
  String without(Throughput throughput) {
    without.add(throughput.perSecond());
    return String.format(Locale.ROOT, "%.0f rows/s without dump", throughput.perSecond());
  }

  /** What all runs say. */
  Measurement measurement() {
    return Measurement.beside(
            name,
            Series.median("while dumping", Throughput.UNIT, whileDumping),
            Series.median("without", Throughput.UNIT, without),
            Series.median("both ran for", "s", secondsOfBoth))
        .withNote(note());
  }

  private String note() {
    int runs = secondsOfBoth.size();
    int leftOut = runs - whileDumping.size();
    return leftOut == 0
        ? ""
        : "%d of %d runs left out, in which both ran for less than %s s: give a greater --scale"
            .formatted(leftOut, runs, SHORTEST_SECONDS);
  }
}
