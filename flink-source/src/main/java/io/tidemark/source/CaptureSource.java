package io.tidemark.source;

import io.tidemark.source.enumerator.CaptureEnumerator;
import io.tidemark.source.enumerator.EnumeratorMetrics;
import io.tidemark.source.enumerator.EnumeratorState;
import io.tidemark.source.enumerator.EnumeratorStateSerializer;
import io.tidemark.source.lane.LaneRecord;
import io.tidemark.source.reader.CaptureReader;
import io.tidemark.source.split.CaptureSplit;
import io.tidemark.source.split.CaptureSplitSerializer;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/** The FLIP-27 source below the merge. {@link PostgresCapture#from} puts both into a job. */
final class CaptureSource implements Source<LaneRecord, CaptureSplit, EnumeratorState> {
  private static final long serialVersionUID = 1L;

  private final CaptureConfig config;

  /** Of the JobManager, where one copy of the source makes all of a job's enumerators. */
  private transient EnumeratorMetrics metrics;

  CaptureSource(CaptureConfig config) {
    this.config = config;
  }

  @Override
  public Boundedness getBoundedness() {
    return config.startMode().isBounded() ? Boundedness.BOUNDED : Boundedness.CONTINUOUS_UNBOUNDED;
  }

  @Override
  public SplitEnumerator<CaptureSplit, EnumeratorState> createEnumerator(
      SplitEnumeratorContext<CaptureSplit> context) {
    return restoreEnumerator(context, null);
  }

  @Override
  public SplitEnumerator<CaptureSplit, EnumeratorState> restoreEnumerator(
      SplitEnumeratorContext<CaptureSplit> context, EnumeratorState state) {
    if (metrics == null) {
      metrics = new EnumeratorMetrics();
    }
    return CaptureEnumerator.create(context, config, state, metrics);
  }

  @Override
  public SimpleVersionedSerializer<CaptureSplit> getSplitSerializer() {
    return new CaptureSplitSerializer();
  }

  @Override
  public SimpleVersionedSerializer<EnumeratorState> getEnumeratorCheckpointSerializer() {
    return new EnumeratorStateSerializer();
  }

  @Override
  public SourceReader<LaneRecord, CaptureSplit> createReader(SourceReaderContext context) {
    return CaptureReader.create(context, config);
  }
}
