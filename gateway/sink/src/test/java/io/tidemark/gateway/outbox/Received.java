package io.tidemark.gateway.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.tidemark.gateway.wire.Batch;
import io.tidemark.gateway.wire.Delivery;
import io.tidemark.gateway.wire.Event;
import io.tidemark.gateway.wire.PublishRequest;
import io.tidemark.gateway.wire.RangeAnswer;
import io.tidemark.gateway.wire.Refusal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A server, as far as an outbox sees one: puts parts of batches together and keeps all it hears.
 */
final class Received {
  /** Batches of each flow, in order. */
  final Map<Long, List<Batch>> batches = new HashMap<>();

  final List<Refusal> refusals = new ArrayList<>();
  final List<Boolean> full = new ArrayList<>();
  final List<Long> held = new ArrayList<>();
  final List<RangeAnswer> ranges = new ArrayList<>();

  /** Largest message that came. */
  int largestPart;

  private final Map<Long, ByteString> parts = new HashMap<>();
  private final Map<Long, Integer> seen = new HashMap<>();
  private final boolean passingOn;

  /** One that passes batches on to their consumers at once. */
  Received() {
    this(true);
  }

  private Received(boolean passingOn) {
    this.passingOn = passingOn;
  }

  /** One that passes nothing on, so that windows stay as they are. */
  static Received passingNothingOn() {
    return new Received(false);
  }

  /** Takes all that the outbox has to tell. */
  Received drain(Outbox outbox) {
    while (takeOne(outbox)) {
      // on to the next
    }
    return this;
  }

  /** Takes one thing; tells whether there was any. */
  boolean takeOne(Outbox outbox) {
    PublishRequest request = outbox.poll();
    if (request == null) {
      return false;
    }
    switch (request.getTypeCase()) {
      case DELIVERY -> {
        Delivery delivery = request.getDelivery();
        take(delivery);
        if (passingOn) {
          outbox.window(delivery.getFlow(), delivery.getBatch().size());
        }
      }
      case REFUSAL -> refusals.add(request.getRefusal());
      case FULL -> full.add(request.getFull());
      case RANGE -> ranges.add(request.getRange());
      case HELD -> held.addAll(request.getHeld().getRequestsList());
      default -> throw new AssertionError("an outbox says " + request.getTypeCase());
    }
    return true;
  }

  private void take(Delivery delivery) {
    largestPart = Math.max(largestPart, delivery.getBatch().size());
    ByteString whole =
        parts.getOrDefault(delivery.getFlow(), ByteString.EMPTY).concat(delivery.getBatch());
    if (delivery.getMore()) {
      parts.put(delivery.getFlow(), whole);
      return;
    }
    parts.remove(delivery.getFlow());
    try {
      batches
          .computeIfAbsent(delivery.getFlow(), flow -> new ArrayList<>())
          .add(Batch.parseFrom(whole));
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError("a batch that is none", e);
    }
  }

  /** Bytes of all batches of a flow. */
  long bytes(long flow) {
    return batches.getOrDefault(flow, List.of()).stream().mapToLong(Batch::getSerializedSize).sum();
  }

  /** All events of a flow that have not been asked for yet. */
  List<Event> news(long flow) {
    List<Event> all =
        batches.getOrDefault(flow, List.of()).stream()
            .flatMap(batch -> batch.getEventsList().stream())
            .toList();
    int from = seen.getOrDefault(flow, 0);
    seen.put(flow, all.size());
    return all.subList(from, all.size());
  }

  /** Texts of {@link #news}, without tables. */
  List<String> texts(long flow) {
    return news(flow).stream().filter(event -> !event.hasTable()).map(Events::text).toList();
  }

  void assertRefused(long flow, Refusal.Kind kind, String reason) {
    assertThat(refusals).hasSize(1);
    assertThat(refusals.get(0).getFlow()).isEqualTo(flow);
    assertThat(refusals.get(0).getKind()).isEqualTo(kind);
    assertThat(refusals.get(0).getReason()).contains(reason);
    refusals.clear();
  }
}
