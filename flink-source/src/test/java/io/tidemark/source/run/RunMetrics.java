package io.tidemark.source.run;

import java.util.Arrays;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Metric;
import org.apache.flink.metrics.MetricConfig;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.reporter.MetricReporter;
import org.apache.flink.metrics.reporter.MetricReporterFactory;

/** The counters and gauges of runs in this JVM. Counters of a job's former attempts count on. */
public final class RunMetrics implements MetricReporter {
  private static final String RUN = "run";
  private static final Map<String, Map<Metric, String>> RUNS = new ConcurrentHashMap<>();

  private Map<Metric, String> metrics = new ConcurrentHashMap<>();

  /** Flink finds the reporter by this factory, which is named in {@code META-INF/services}. */
  public static final class Factory implements MetricReporterFactory {
    @Override
    public MetricReporter createMetricReporter(Properties properties) {
      return new RunMetrics();
    }
  }

  private RunMetrics() {}

  /** What a run under this name has in its Flink configuration. */
  static Map<String, String> configuration(String run) {
    return Map.of(
        "metrics.reporter.test.factory.class",
        Factory.class.getName(),
        "metrics.reporter.test." + RUN,
        run);
  }

  /**
   * The sum of all metrics with this name.
   *
   * @throws IllegalStateException if the run has none
   */
  static long sum(String run, String name) {
    long[] values =
        RUNS.getOrDefault(run, Map.of()).entrySet().stream()
            .filter(metric -> metric.getValue().equals(name))
            .mapToLong(metric -> value(metric.getKey()))
            .toArray();
    if (values.length == 0) {
      throw new IllegalStateException("run " + run + " has no metric " + name);
    }
    return Arrays.stream(values).sum();
  }

  static void forget(String run) {
    RUNS.remove(run);
  }

  private static long value(Metric metric) {
    return metric instanceof Counter counter
        ? counter.getCount()
        : ((Number) ((Gauge<?>) metric).getValue()).longValue();
  }

  @Override
  public void open(MetricConfig config) {
    String run = config.getString(RUN, "");
    metrics = RUNS.computeIfAbsent(run, name -> new ConcurrentHashMap<>());
  }

  @Override
  public void close() {}

  @Override
  public void notifyOfAddedMetric(Metric metric, String name, MetricGroup group) {
    metrics.put(metric, name);
  }

  @Override
  public void notifyOfRemovedMetric(Metric metric, String name, MetricGroup group) {
    if (!(metric instanceof Counter)) {
      metrics.remove(metric);
    }
  }
}
