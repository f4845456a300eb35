package io.tidemark.cli.quickstart;

import io.tidemark.postgres.change.Change;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;

/**
 * Brings changes into a {@link HeldState} of this JVM. Flink serializes a sink on the way to its
 * tasks, so it finds its state by name.
 */
final class HoldingSink implements Sink<Change> {
  private static final long serialVersionUID = 1;
  private static final Map<String, HeldState> STATES = new ConcurrentHashMap<>();

  private final String name;

  HoldingSink(String name, HeldState state) {
    this.name = name;
    STATES.put(name, state);
  }

  @Override
  public SinkWriter<Change> createWriter(WriterInitContext context) {
    HeldState state = STATES.get(name);
    LongAdder checkpoints = state.checkpointsOf(context.getTaskInfo().getIndexOfThisSubtask());
    return new SinkWriter<>() {
      @Override
      public void write(Change change, Context ignored) {
        state.apply(change);
      }

      @Override
      public void flush(boolean endOfInput) {
        checkpoints.increment();
      }

      @Override
      public void close() {}
    };
  }
}
