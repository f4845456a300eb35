package io.tidemark.source.reader;

import io.tidemark.source.lane.LaneRecord;
import java.util.function.Consumer;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceOutput;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.metrics.groups.SourceReaderMetricGroup;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.util.UserCodeClassLoader;

/** What a reader asks of its task, and where it emits; left open is what it tells. */
public abstract class TaskStub implements SourceReaderContext, ReaderOutput<LaneRecord> {
  private final Place place;
  private final Consumer<LaneRecord> out;

  /** Which subtask it is, of how many. */
  public record Place(int subtask, int parallelism) {}

  /** A task that emits to {@code out}. */
  protected TaskStub(Place place, Consumer<LaneRecord> out) {
    this.place = place;
    this.out = out;
  }

  @Override
  public SourceReaderMetricGroup metricGroup() {
    return UnregisteredMetricsGroup.createSourceReaderMetricGroup();
  }

  @Override
  public Configuration getConfiguration() {
    return new Configuration();
  }

  @Override
  public String getLocalHostName() {
    return "host";
  }

  @Override
  public int getIndexOfSubtask() {
    return place.subtask();
  }

  @Override
  public int currentParallelism() {
    return place.parallelism();
  }

  @Override
  public UserCodeClassLoader getUserCodeClassLoader() {
    throw new UnsupportedOperationException("the reader loads no classes");
  }

  @Override
  public void collect(LaneRecord laneRecord) {
    out.accept(laneRecord);
  }

  @Override
  public void collect(LaneRecord laneRecord, long timestamp) {
    out.accept(laneRecord);
  }

  @Override
  public void emitWatermark(Watermark watermark) {}

  @Override
  public void markIdle() {}

  @Override
  public void markActive() {}

  @Override
  public SourceOutput<LaneRecord> createOutputForSplit(String splitId) {
    throw new UnsupportedOperationException("the reader has one output");
  }

  @Override
  public void releaseOutputForSplit(String splitId) {}
}
