package io.tidemark.gateway.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.gateway.wire.RangeAnswer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** A server with its consumers. */
final class SimulatedServer {
  private final Outbox outbox;
  private final OutboxJudge judge;
  private final Random random;
  private final Received received = new Received();
  private final Map<Long, SimulatedConsumer> consumers = new LinkedHashMap<>();
  private long lastFlow;

  SimulatedServer(Outbox outbox, OutboxJudge judge, Random random) {
    this.outbox = outbox;
    this.judge = judge;
    this.random = random;
  }

  /** Another one in its place: its consumers are gone. */
  SimulatedServer next(Outbox of) {
    consumers.values().forEach(judge::gone);
    return new SimulatedServer(of, judge, random);
  }

  boolean isEmpty() {
    return consumers.isEmpty();
  }

  void attach() {
    if (consumers.size() < 4) {
      SimulatedConsumer consumer = new SimulatedConsumer(++lastFlow, random.nextInt(3) == 0, judge);
      consumers.put(lastFlow, consumer);
      outbox.attach(
          (consumer.oneByOne ? Events.oneByOne(lastFlow) : Events.byArrival(lastFlow))
              .toBuilder()
                  .setRowsOnly(false)
                  .setMaxBatchBytes(random.nextBoolean() ? 0 : 4000)
                  .build());
    }
  }

  private SimulatedConsumer any() {
    List<SimulatedConsumer> all = List.copyOf(consumers.values());
    return all.isEmpty() ? null : all.get(random.nextInt(all.size()));
  }

  void detach() {
    SimulatedConsumer consumer = any();
    if (consumer != null && random.nextInt(3) == 0) {
      consumers.remove(consumer.flow);
      outbox.detach(consumer.flow);
      judge.gone(consumer);
    }
  }

  void window() {
    consumers.keySet().forEach(flow -> outbox.window(flow, random.nextInt(5000)));
  }

  /** Takes some of what the outbox has to tell. */
  void take(int messages) {
    for (int i = 0; i < messages && received.takeOne(outbox); i++) {
      assertThat(received.refusals).isEmpty();
      consumers.forEach((flow, each) -> received.news(flow).forEach(each::take));
    }
  }

  List<RangeAnswer> takeRanges() {
    List<RangeAnswer> all = new ArrayList<>(received.ranges);
    received.ranges.clear();
    return all;
  }

  List<Long> takeHeld() {
    List<Long> all = new ArrayList<>(received.held);
    received.held.clear();
    return all;
  }

  void acknowledge() {
    SimulatedConsumer consumer = any();
    if (consumer != null) {
      outbox.answers(consumer.acknowledge(random));
    }
  }

  void giveBack() {
    SimulatedConsumer consumer = any();
    if (consumer != null) {
      outbox.answers(consumer.giveBack(random));
    }
  }
}
