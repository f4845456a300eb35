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
    assertThat(runs.measurement().line())
        .isEqualTo(
            "stream of a backlog: while dumping 90000 rows/s, without 100000 rows/s,"
                + " both ran for 0.50 s, ratio=0.90");
  }

  @Test
  void aBacklogThatEndsBeforeTheDumpBeginsHasNoRatio() {
    String told = runs.whileDumping(RowCounts.NONE);
    runs.without(WITHOUT);

    assertThat(told).isEqualTo("no rate while dumping, as both ran for 0.000 s");
    assertThat(runs.measurement().ratio()).isEmpty();
    assertThat(runs.measurement().line())
        .startsWith(
            "stream of a backlog: while dumping none, without 100000 rows/s, both ran for 0.00 s,"
                + " ratio=none (1 of 1 runs left out")
        .contains("--scale");
  }

  @Test
  void runsInWhichBothHardlyMetAreLeftOutOfTheMedian() {
    runs.whileDumping(new RowCounts(900_000, 200_000, 2 * SECOND, 1, 0));
    runs.whileDumping(new RowCounts(5_000, 90_000, SECOND / 20, 1, 0));
    runs.without(WITHOUT);

    assertThat(runs.measurement().ours().runs()).containsExactly(100_000.0);
    assertThat(runs.measurement().ratio()).hasValue(1.0);
    assertThat(runs.measurement().note()).startsWith("1 of 2 runs left out");
  }
}
