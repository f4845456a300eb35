package io.tidemark.gateway.client;

import io.grpc.Status;
import io.tidemark.gateway.event.Skipped;
import io.tidemark.gateway.wire.Batch;
import io.tidemark.postgres.change.Change;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** A consumption on streams that a test plays, in a time that it owns, on its thread. */
final class FakeStreams {
  private final Deque<Runnable> mailbox = new ArrayDeque<>();
  private final List<FakeStream> streams = new ArrayList<>();
  private final Consumption consumption;
  private long now;

  /** One stream; what was said on it, in order. */
  static final class FakeStream implements EventStream {
    final List<String> said = new ArrayList<>();
    final Listener listener;
    int requested;
    boolean ready = true;

    FakeStream(Listener listener) {
      this.listener = listener;
    }

    @Override
    public void request() {
      requested++;
    }

    @Override
    public boolean isReady() {
      return ready;
    }

    @Override
    public void acknowledge(long number) {
      said.add("ack " + number);
    }

    @Override
    public void giveBack(long from, String reason) {
      said.add("give back " + from + ": " + reason);
    }

    @Override
    public void finish() {
      said.add("finish");
    }

    @Override
    public void cancel() {
      said.add("cancel");
    }
  }

  /** All changes go to one handler. */
  private record ToOne(AsyncHandler<? super Change> handler) implements Dispatcher {
    @Override
    public CompletionStage<?> dispatch(Change change) throws Exception {
      return handler.handle(change);
    }

    @Override
    public CompletionStage<?> dispatch(Skipped skipped) {
      throw new AssertionError("nothing is skipped here");
    }
  }

  FakeStreams(FlowOptions options, AsyncHandler<? super Change> handler) {
    this.consumption =
        new Consumption(
            "uri 'shop' at here",
            options,
            new ConsumptionParts(
                listener -> {
                  FakeStream stream = new FakeStream(listener);
                  streams.add(stream);
                  return stream;
                },
                new ToOne(handler),
                mailbox::add,
                () -> now,
                () -> 0L));
    settle();
  }

  Consumption consumption() {
    return consumption;
  }

  /** How many streams were opened. */
  int opened() {
    return streams.size();
  }

  /** The newest stream. */
  FakeStream stream() {
    return streams.get(streams.size() - 1);
  }

  /** Sends batches that were asked for. */
  FakeStreams send(Batch... batches) {
    for (Batch batch : batches) {
      if (stream().requested == 0) {
        throw new AssertionError("a batch that was not asked for");
      }
      stream().requested--;
      stream().listener.batch(batch);
      settle();
    }
    return this;
  }

  FakeStreams end(Status status) {
    stream().listener.ended(status);
    return settle();
  }

  FakeStreams pass(Duration time) {
    now += time.toNanos();
    return settle();
  }

  /** Until there is nothing to do at this time. */
  FakeStreams settle() {
    long next;
    do {
      while (!mailbox.isEmpty()) {
        mailbox.remove().run();
      }
      next = consumption.advance();
    } while ((next <= now && !consumption.isEnded()) || !mailbox.isEmpty());
    return this;
  }
}
