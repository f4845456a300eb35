package io.tidemark.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StreamRunsTest {
  private static final long SECOND = 1_000_000_000;
  private static final Throughput WITHOUT = new Throughput(1_000_000, 10);

  private final StreamRuns runs = new StreamRuns("stream of a backlog");

  @Test
  void theRatioIsOfTheTimeInWhichBothRan() {
    String told = runs.whileDumping(new RowCounts(700_000, 45_000, SECOND / 2, 1, 0));
    runs.without(WITHOUT);

    assertThat(told).isEqualTo("90000 rows/s while dumping 700000 rows in 0.50 s");
    assertThat(runs.line())
        .isEqualTo(
            "stream of a backlog: while dumping 90000 rows/s, without 100000 rows/s, ratio=0.90"
                + " (both ran for 0.50 s)");
  }

  @Test
  void aBacklogThatEndsBeforeTheDumpBeginsHasNoRatio() {
    String told = runs.whileDumping(RowCounts.NONE);
    runs.without(WITHOUT);

    assertThat(told).isEqualTo("no rate while dumping, as both ran for 0.000 s");
    assertThat(runs.line())
        .startsWith(
            "stream of a backlog: while dumping none, without 100000 rows/s, ratio=none"
                + " (both ran for 0.00 s; 1 of 1 runs left out")
        .contains("--scale");
  }

  @Test
  void runsInWhichBothHardlyMetAreLeftOutOfTheMedian() {
    runs.whileDumping(new RowCounts(900_000, 200_000, 2 * SECOND, 1, 0));
    runs.whileDumping(new RowCounts(5_000, 90_000, SECOND / 20, 1, 0));
    runs.without(WITHOUT);

    assertThat(runs.line())
        .contains("while dumping 100000 rows/s", "ratio=1.00", "1 of 2 runs left out");
  }
}
