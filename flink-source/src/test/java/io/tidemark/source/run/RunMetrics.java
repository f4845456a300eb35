package io.tidemark.source.run;

import java.util.Arrays;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.api.common.JobID;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Metric;
import org.apache.flink.metrics.MetricConfig;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.reporter.MetricReporter;
import org.apache.flink.metrics.reporter.MetricReporterFactory;

/** The counters and gauges of jobs in this JVM. Counters of a job's former attempts count on. */
public final class RunMetrics implements MetricReporter {
  /** By job, as the metrics' scope has it. */
  private static final Map<String, Map<Metric, String>> JOBS = new ConcurrentHashMap<>();

  /** Flink finds the reporter by this factory, which is named in {@code META-INF/services}. */
  public static final class Factory implements MetricReporterFactory {
    @Override
    public MetricReporter createMetricReporter(Properties properties) {
      return new RunMetrics();
    }
  }

  private RunMetrics() {}

  /** What a Flink has in its configuration whose jobs' metrics are to be had here. */
  static Map<String, String> configuration() {
    return Map.of("metrics.reporter.test.factory.class", Factory.class.getName());
  }

  /**
   * The sum of all metrics with this name.
   *
   * @throws IllegalStateException if the job has none
   */
  static long sum(JobID job, String name) {
    long[] values =
        JOBS.getOrDefault(job.toString(), Map.of()).entrySet().stream()
            .filter(metric -> metric.getValue().equals(name))
            .mapToLong(metric -> value(metric.getKey()))
            .toArray();
    if (values.length == 0) {
      throw new IllegalStateException("job " + job + " has no metric " + name);
    }
    return Arrays.stream(values).sum();
  }

  static void forget(JobID job) {
    JOBS.remove(job.toString());
  }

  private static long value(Metric metric) {
    return metric instanceof Counter counter
        ? counter.getCount()
        : ((Number) ((Gauge<?>) metric).getValue()).longValue();
  }

  @Override
  public void open(MetricConfig config) {}

  @Override
  public void close() {}

  @Override
  public void notifyOfAddedMetric(Metric metric, String name, MetricGroup group) {
    String job = job(group);
    if (job != null) {
      JOBS.computeIfAbsent(job, absent -> new ConcurrentHashMap<>()).put(metric, name);
    }
  }

  @Override
  public void notifyOfRemovedMetric(Metric metric, String name, MetricGroup group) {
    String job = job(group);
    if (job != null && !(metric instanceof Counter)) {
      JOBS.getOrDefault(job, new ConcurrentHashMap<>()).remove(metric);
    }
  }

  /** Null for a metric of the cluster. */
  private static String job(MetricGroup group) {
    return group.getAllVariables().get("<job_id>");
  }
}
