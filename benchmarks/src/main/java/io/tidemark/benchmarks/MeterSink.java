package io.tidemark.benchmarks;

import io.tidemark.postgres.change.Change;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;

/**
 * Counts changes and drops them. Flink serializes a sink on the way to its task, so this one finds
 * its meter, of which a JVM has one at a time, in a static field.
 */
final class MeterSink implements Sink<Change> {
  private static final long serialVersionUID = 1;
  private static volatile RowMeter current;

  /** A sink into this meter, for the next job. */
  static MeterSink into(RowMeter meter) {
    current = meter;
    return new MeterSink();
  }

  @Override
  public SinkWriter<Change> createWriter(WriterInitContext context) {
    RowMeter meter = current;
    return new SinkWriter<>() {
      @Override
      public void write(Change change, Context ignored) {
        meter.count(change);
      }

      @Override
      public void flush(boolean endOfInput) {}

      @Override
      public void close() {}
    };
  }
}
