package io.tidemark.gateway.sink;

import io.tidemark.gateway.link.PublicationLink;
import io.tidemark.gateway.outbox.Entry;
import io.tidemark.gateway.outbox.Outbox;
import io.tidemark.gateway.outbox.OutboxState;
import io.tidemark.gateway.wire.Hello;
import io.tidemark.postgres.change.Change;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.api.connector.sink2.StatefulSinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;

/**
 * Puts changes into the outbox, from the task's thread: several changes at a time, and the rest as
 * soon as the source has no more for now.
 */
final class GatewayWriter implements StatefulSinkWriter<Change, OutboxState> {
  private static final int MAX_WAITING_BYTES = 64 << 10;

  private final Outbox outbox;
  private final PublicationLink link;
  private final EventWriter events;
  private final MailboxExecutor mailbox;
  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private List<Entry> waiting = new ArrayList<>();
  private int waitingBytes;
  private boolean flushAsked;
  private boolean ended;

  GatewayWriter(GatewaySinkOptions options, OutboxState state, WriterInitContext context)
      throws IOException {
    outbox = new Outbox(options.outbox(), state);
    events = new EventWriter(outbox, new Appending());
    mailbox = context.getMailboxExecutor();
    Hello hello =
        Hello.newBuilder()
            .setUri(options.uri())
            .setJob(options.job())
            .setEpoch(System.currentTimeMillis())
            .setRun(ThreadLocalRandom.current().nextLong())
            .setMaxMessageBytes(options.maxMessageBytes())
            .build();
    link = new PublicationLink(options.gateway(), hello, outbox, this::fail);
    MetricGroup metrics = context.metricGroup();
    metrics.gauge("unacknowledgedEvents", (Gauge<Long>) outbox::size);
    metrics.gauge("unacknowledgedBytes", (Gauge<Long>) outbox::bytes);
    metrics.gauge("consumers", (Gauge<Integer>) outbox::consumers);
    metrics.gauge("gatewayConnected", (Gauge<Integer>) () -> link.isConnected() ? 1 : 0);
    link.start();
  }

  private void fail(Throwable why) {
    failure.compareAndSet(null, why);
    mailbox.execute(this::throwFailure, "the gateway refuses");
  }

  private void throwFailure() throws IOException {
    Throwable why = failure.get();
    if (why != null) {
      throw new IOException(why.getMessage(), why);
    }
  }

  @Override
  public void write(Change change, Context context) {
    events.write(change);
  }

  /** Gathers events, and appends them before the end of a range whose rows they may be. */
  private final class Appending implements EventWriter.Target {
    @Override
    public void add(Entry entry) {
      waiting.add(entry);
      waitingBytes += entry.event().length;
      if (waitingBytes >= MAX_WAITING_BYTES) {
        flush();
      } else if (!flushAsked) {
        // Runs when the source has given all that it had at once.
        flushAsked = true;
        mailbox.execute(
            () -> {
              flushAsked = false;
              flush();
            },
            "publish changes");
      }
    }

    @Override
    public void rangeEnds(long request, int lanes) {
      flush();
      outbox.rangeEnds(request, lanes);
      link.wake();
    }
  }

  private void flush() {
    if (!waiting.isEmpty()) {
      outbox.append(waiting);
      waiting = new ArrayList<>(waiting.size());
      waitingBytes = 0;
      link.wake();
    }
  }

  @Override
  public void flush(boolean endOfInput) throws IOException {
    throwFailure();
    flush();
    ended |= endOfInput;
  }

  @Override
  public List<OutboxState> snapshotState(long checkpoint) {
    flush();
    return List.of(outbox.snapshot());
  }

  @Override
  public void close() {
    link.close(ended);
  }
}
