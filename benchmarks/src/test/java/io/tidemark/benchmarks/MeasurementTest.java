package io.tidemark.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class MeasurementTest {
  @Test
  void oneThatStandsAloneHasNoRatio() {
    Latencies latencies = new Latencies();
    latencies.add(500);
    latencies.add(2_000);
    List<Series> figures = latencies.figures("to the sink");
    Measurement measurement = Measurement.alone("latency", figures.get(0), figures.subList(4, 5));

    assertThat(measurement.ratio()).isEmpty();
    assertThat(measurement.line())
        .isEqualTo("latency: p50 to the sink 0.51 ms, max to the sink 2.00 ms");
  }

  @Test
  void besideNothingThereIsNoRatio() {
    Series ours = Series.median("ours", "rows/s", List.of(5.0));
    Series nothing = Series.median("peer", "rows/s", List.of(0.0));

    assertThat(Measurement.beside("case", ours, nothing).line())
        .isEqualTo("case: ours 5.00 rows/s, peer 0.00 rows/s, ratio=none");
  }

  @Test
  void unitsThatDifferAreRefused() {
    Series ours = Series.median("ours", "rows/s", List.of(5.0));
    Series other = Series.median("other", "ms", List.of(5.0));

    assertThatThrownBy(() -> Measurement.beside("case", ours, other))
        .hasMessage("case: rows/s beside ms");
  }
}
