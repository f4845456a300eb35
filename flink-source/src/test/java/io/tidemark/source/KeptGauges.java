package io.tidemark.source;

import java.util.HashMap;
import java.util.Map;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.SimpleCounter;
import org.apache.flink.metrics.groups.OperatorIOMetricGroup;
import org.apache.flink.metrics.groups.SourceReaderMetricGroup;
import org.apache.flink.metrics.groups.SplitEnumeratorMetricGroup;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;

/**
 * Keeps gauges by name, those of a group below as {@code key.value.name}. Like Flink's groups it
 * keeps the first of each name and drops the others.
 */
public final class KeptGauges extends UnregisteredMetricsGroup
    implements SplitEnumeratorMetricGroup, SourceReaderMetricGroup {
  private final String prefix;
  private final Map<String, Gauge<?>> byName;

  /** A group without gauges. */
  public KeptGauges() {
    this("", new HashMap<>());
  }

  private KeptGauges(String prefix, Map<String, Gauge<?>> byName) {
    this.prefix = prefix;
    this.byName = byName;
  }

  /** What the gauge shows now. */
  public Object value(String name) {
    return byName.get(name).getValue();
  }

  @Override
  public <T, G extends Gauge<T>> G gauge(String name, G gauge) {
    byName.putIfAbsent(prefix + name, gauge);
    return gauge;
  }

  @Override
  public MetricGroup addGroup(String key, String value) {
    return new KeptGauges(prefix + key + "." + value + ".", byName);
  }

  @Override
  public <G extends Gauge<Long>> G setUnassignedSplitsGauge(G gauge) {
    return gauge;
  }

  @Override
  public OperatorIOMetricGroup getIOMetricGroup() {
    return createOperatorIOMetricGroup();
  }

  @Override
  public Counter getNumRecordsInErrorsCounter() {
    return new SimpleCounter();
  }

  @Override
  public void setPendingBytesGauge(Gauge<Long> gauge) {}

  @Override
  public void setPendingRecordsGauge(Gauge<Long> gauge) {}
}
