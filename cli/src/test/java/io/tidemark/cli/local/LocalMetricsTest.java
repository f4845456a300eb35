package io.tidemark.cli.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Properties;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.SimpleCounter;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.metrics.reporter.MetricReporter;
import org.junit.jupiter.api.Test;

class LocalMetricsTest {
  private final MetricReporter reporter =
      new LocalMetrics.Factory().createMetricReporter(new Properties());

  @Test
  void metricsOfOneNameAreAddedUpOverTasksAndTables() {
    counter("rows-a", "orders", 3);
    counter("rows-a", "orders", 4);
    counter("rows-a", "events", 10);
    counter("rows-b", "orders", 100);

    assertThat(LocalMetrics.sum("rows-a")).isEqualTo(17);
    assertThat(LocalMetrics.max("rows-a")).isEqualTo(10);
    assertThat(LocalMetrics.sums("rows-a", "table")).isEqualTo(Map.of("orders", 7L, "events", 10L));
    assertThat(LocalMetrics.maxima("rows-a", "table"))
        .isEqualTo(Map.of("orders", 4L, "events", 10L));
  }

  @Test
  void whatNobodyRegisteredIsZero() {
    assertThat(LocalMetrics.has("nothing")).isFalse();
    assertThat(LocalMetrics.sum("nothing")).isZero();
    assertThat(LocalMetrics.max("nothing")).isZero();
  }

  @Test
  void gaugesAreReadWhenTheyAreAskedFor() {
    long[] value = {1};
    Gauge<Long> gauge = () -> value[0];
    reporter.notifyOfAddedMetric(gauge, "gauge-a", new UnregisteredMetricsGroup());
    value[0] = 42;

    assertThat(LocalMetrics.sum("gauge-a")).isEqualTo(42);
  }

  private void counter(String name, String table, long count) {
    SimpleCounter counter = new SimpleCounter();
    counter.inc(count);
    reporter.notifyOfAddedMetric(
        counter,
        name,
        new UnregisteredMetricsGroup() {
          @Override
          public Map<String, String> getAllVariables() {
            return Map.of("<table>", table);
          }
        });
  }
}
