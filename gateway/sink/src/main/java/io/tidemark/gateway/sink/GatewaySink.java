package io.tidemark.gateway.sink;

import io.tidemark.gateway.outbox.OutboxState;
import io.tidemark.postgres.change.Change;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.StatefulSinkWriter;
import org.apache.flink.api.connector.sink2.SupportsWriterState;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.streaming.api.datastream.DataStream;

/**
 * Publishes a capture of one lane to a gateway. At least once: what consumers have not acknowledged
 * is kept here, in memory and in checkpoints, and delivered again after any restart.
 *
 * <p>When consumers are slow or away, the sink fills up, and the source pauses. For this to work,
 * the capture must be made with {@link GatewayDumpRequests}, which also brings dumps on demand.
 */
public final class GatewaySink implements Sink<Change>, SupportsWriterState<Change, OutboxState> {
  private static final long serialVersionUID = 1L;

  private final GatewaySinkOptions options;

  private GatewaySink(GatewaySinkOptions options) {
    this.options = options;
  }

  /**
   * Publishes a capture.
   *
   * @param changes as {@link io.tidemark.source.PostgresCapture#from} gave them, with one lane
   */
  public static void publish(DataStream<Change> changes, GatewaySinkOptions options) {
    changes
        .sinkTo(new GatewaySink(options))
        .name("gateway " + options.uri())
        .uid("tidemark-gateway-" + options.uri())
        .setParallelism(1);
  }

  @Override
  public SinkWriter<Change> createWriter(WriterInitContext context) throws IOException {
    return restoreWriter(context, List.of());
  }

  @Override
  public StatefulSinkWriter<Change, OutboxState> restoreWriter(
      WriterInitContext context, Collection<OutboxState> recovered) throws IOException {
    List<OutboxState> states = new ArrayList<>(recovered);
    int subtasks = context.getTaskInfo().getNumberOfParallelSubtasks();
    if (subtasks > 1 || states.size() > 1) {
      throw new IllegalStateException(
          "a gateway sink of %d subtasks with %d states: it keeps one order, and so must have parallelism 1"
              .formatted(subtasks, states.size()));
    }
    return new GatewayWriter(
        options, states.isEmpty() ? OutboxState.empty() : states.get(0), context);
  }

  @Override
  public SimpleVersionedSerializer<OutboxState> getWriterStateSerializer() {
    return new OutboxStateSerializer();
  }
}
