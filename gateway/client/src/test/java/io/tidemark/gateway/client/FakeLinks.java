package io.tidemark.gateway.client;

import io.grpc.Status;
import io.tidemark.gateway.wire.Batch;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** A consumption on streams that a test plays, in a time that it owns, on its thread. */
final class FakeLinks {
  private final Deque<Runnable> mailbox = new ArrayDeque<>();
  private final List<FakeLink> links = new ArrayList<>();
  private final Consumption consumption;
  private long now;

  /** One stream; what was said on it, in order. */
  static final class FakeLink implements Link {
    final List<String> said = new ArrayList<>();
    final Listener listener;
    int requested;
    boolean ready = true;

    FakeLink(Listener listener) {
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

  FakeLinks(FlowOptions options, Dispatcher handlers) {
    this.consumption =
        new Consumption(
            "uri 'shop' at here",
            options,
            new ConsumptionParts(
                listener -> {
                  FakeLink link = new FakeLink(listener);
                  links.add(link);
                  return link;
                },
                handlers,
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
    return links.size();
  }

  /** The newest stream. */
  FakeLink link() {
    return links.get(links.size() - 1);
  }

  /** Sends batches that were asked for. */
  FakeLinks send(Batch... batches) {
    for (Batch batch : batches) {
      if (link().requested == 0) {
        throw new AssertionError("a batch that was not asked for");
      }
      link().requested--;
      link().listener.batch(batch);
      settle();
    }
    return this;
  }

  FakeLinks end(Status status) {
    link().listener.ended(status);
    return settle();
  }

  FakeLinks pass(Duration time) {
    now += time.toNanos();
    return settle();
  }

  /** Until there is nothing to do at this time. */
  FakeLinks settle() {
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
