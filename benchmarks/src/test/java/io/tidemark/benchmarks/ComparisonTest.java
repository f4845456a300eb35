package io.tidemark.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ComparisonTest {
  @Test
  void sumsUpTheMediansInOneLine() {
    Comparison comparison = new Comparison("10-row transactions", "tidemark", "pg_recvlogical");
    comparison.ours(new Throughput(1_000_000, 10), 4.5);
    comparison.peer(new Throughput(1_000_000, 8));
    comparison.ours(new Throughput(1_000_000, 12.5), 4);
    comparison.peer(new Throughput(1_000_000, 10));
    comparison.ours(new Throughput(1_000_000, 8), 7);
    comparison.peer(new Throughput(1_000_000, 20));

    assertThat(comparison.measurement().ratio()).hasValue(1.0);
    assertThat(comparison.measurement().line())
        .isEqualTo(
            "10-row transactions: tidemark 100000 rows/s, pg_recvlogical 100000 rows/s,"
                + " CPU 4.50 s per million rows, ratio=1.00");
  }

  @Test
  void theRatioIsOursToThePeers() {
    Comparison comparison = new Comparison("dump", "tidemark", "psql");
    comparison.ours(new Throughput(900, 1), 1);
    comparison.peer(new Throughput(1000, 1));

    assertThat(comparison.measurement().line()).endsWith("ratio=0.90");
  }

  @Test
  void rowsInNoTimeAreRefused() {
    assertThatThrownBy(() -> new Throughput(5, 0)).hasMessage("5 rows in 0.0 s");
  }
}
