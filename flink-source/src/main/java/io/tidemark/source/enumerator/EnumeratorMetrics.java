package io.tidemark.source.enumerator;

import io.tidemark.postgres.TableName;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.metrics.MetricGroup;

/**
 * The gauges of whichever enumerator runs now. When a job as a whole begins anew, so does its
 * enumerator, but not the metric group: that keeps the gauges it has, and drops others of the same
 * name. So they are registered once and asked of the enumerator that came last.
 *
 * <p>Written on the coordinator's thread, read by metrics from any.
 */
public final class EnumeratorMetrics {
  /** What an enumerator knows, to be asked from any thread. */
  interface Figures {
    int dumpsOpen();

    int dumpRequests();

    boolean isPaused();

    long slotRetainedWalBytes();

    long streamLagBytes();

    long streamLagMillis();
  }

  private final Map<TableName, Long> pagesPlanned = new ConcurrentHashMap<>();
  private MetricGroup group;
  private volatile Figures figures;

  /** This enumerator knows its dumps now, and replaces another. */
  void show(MetricGroup enumerators, Figures current) {
    figures = current;
    if (group == null) {
      group = enumerators;
      group.gauge("dumpsOpen", () -> figures.dumpsOpen());
      group.gauge("dumpRequests", () -> figures.dumpRequests());
      group.gauge("paused", () -> figures.isPaused() ? 1 : 0);
      group.gauge("slotRetainedWalBytes", () -> figures.slotRetainedWalBytes());
      group.gauge("streamLagBytes", () -> figures.streamLagBytes());
      group.gauge("streamLagMillis", () -> figures.streamLagMillis());
    }
  }

  /** A table's dump was planned, perhaps anew. */
  void planned(TableName table, long pages) {
    if (pagesPlanned.put(table, pages) == null) {
      group
          .addGroup("table", table.toString())
          .gauge("dumpPagesPlanned", () -> pagesPlanned.get(table));
    }
  }
}
