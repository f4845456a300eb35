package io.tidemark.cli.local;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongBinaryOperator;
import java.util.stream.Stream;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Metric;
import org.apache.flink.metrics.MetricConfig;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.reporter.MetricReporter;
import org.apache.flink.metrics.reporter.MetricReporterFactory;

/**
 * The counters and gauges of the jobs that run in this JVM, read at any time. A reporter for an
 * in-process Flink, of which there is one at a time: see {@link LocalFlink}. Of a job that ended
 * the last values stay, until the next Flink starts.
 */
public final class LocalMetrics implements MetricReporter {
  private static final Map<Metric, Registration> METRICS = new ConcurrentHashMap<>();

  /** Flink finds the reporter by this factory, which is named in {@code META-INF/services}. */
  public static final class Factory implements MetricReporterFactory {
    @Override
    public MetricReporter createMetricReporter(java.util.Properties properties) {
      return new LocalMetrics();
    }
  }

  /** A metric's name within its group, and the group's variables, as {@code <table>}. */
  private record Registration(String name, Map<String, String> variables) {}

  private LocalMetrics() {}

  /** The sum of all metrics with this name; 0 if there is none. */
  public static long sum(String name) {
    return named(name).mapToLong(e -> value(e.getKey())).sum();
  }

  /** The greatest of all metrics with this name; 0 if there is none. */
  public static long max(String name) {
    return named(name).mapToLong(e -> value(e.getKey())).max().orElse(0);
  }

  /** Whether there is a metric with this name. */
  public static boolean has(String name) {
    return named(name).findAny().isPresent();
  }

  /** Sums of the metrics with this name by the value that a variable has in their groups. */
  public static Map<String, Long> sums(String name, String variable) {
    return by(name, variable, Long::sum);
  }

  /** Greatest values of the metrics with this name by the value of a variable. */
  public static Map<String, Long> maxima(String name, String variable) {
    return by(name, variable, Math::max);
  }

  private static Map<String, Long> by(String name, String variable, LongBinaryOperator merge) {
    Map<String, Long> values = new TreeMap<>();
    named(name)
        .forEach(
            e -> {
              String key = e.getValue().variables().get("<" + variable + ">");
              if (key != null) {
                values.merge(key, value(e.getKey()), merge::applyAsLong);
              }
            });
    return values;
  }

  private static Stream<Map.Entry<Metric, Registration>> named(String name) {
    return METRICS.entrySet().stream().filter(e -> e.getValue().name().equals(name));
  }

  private static long value(Metric metric) {
    if (metric instanceof Counter counter) {
      return counter.getCount();
    }
    return metric instanceof Gauge<?> gauge && gauge.getValue() instanceof Number number
        ? number.longValue()
        : 0;
  }

  @Override
  public void open(MetricConfig config) {
    METRICS.clear();
  }

  @Override
  public void close() {}

  @Override
  public void notifyOfAddedMetric(Metric metric, String name, MetricGroup group) {
    METRICS.put(metric, new Registration(name, Map.copyOf(group.getAllVariables())));
  }

  @Override
  public void notifyOfRemovedMetric(Metric metric, String name, MetricGroup group) {}
}
