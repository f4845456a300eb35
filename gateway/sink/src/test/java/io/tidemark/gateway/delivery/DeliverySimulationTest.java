package io.tidemark.gateway.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.gateway.delivery.Message.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Consumers that come, go, acknowledge and give back at random. A judge that knows nothing of
 * buckets says whether each delivery was allowed, and at the end whether all arrived.
 */
class DeliverySimulationTest {
  private static final int SEEDS = 2_000;
  private static final int STEPS = 400;
  private static final int KEYS = 6;

  /** What happened so far, by sequence. */
  private static final class Judge {
    final List<Message<String>> appended = new ArrayList<>();
    final Set<Long> acknowledged = new HashSet<>();
    final Map<Long, Consumer<String>> holders = new HashMap<>();

    void delivered(Message<String> message, Consumer<String> to, boolean several) {
      boolean shared = several || to.ordering == Ordering.BY_ACKNOWLEDGEMENT;
      assertThat(acknowledged).as("done already").doesNotContain(message.sequence());
      assertThat(holders).as("somebody has it").doesNotContainKey(message.sequence());
      for (Message<String> older : appended) {
        if (older.sequence() >= message.sequence()) {
          break;
        }
        if (!acknowledged.contains(older.sequence()) && precedes(older, message, shared)) {
          assertThat(holders.get(older.sequence()))
              .as("%s is delivered while %s is not done", message, older)
              .isSameAs(to)
              .matches(consumer -> consumer.ordering == Ordering.BY_ARRIVAL);
        }
      }
      for (Message<String> newer : appended) {
        if (newer.sequence() > message.sequence()
            && holders.containsKey(newer.sequence())
            && precedes(message, newer, shared)) {
          assertThat(holders.get(newer.sequence())).as("%s passed %s", newer, message).isSameAs(to);
        }
      }
      holders.put(message.sequence(), to);
    }

    /** Whether the newer one must not be worked on before the older one is done. */
    private static boolean precedes(Message<String> older, Message<String> newer, boolean shared) {
      if (older.kind() == Kind.BOUNDARY || newer.kind() == Kind.BOUNDARY) {
        return false;
      }
      if (older.kind() == Kind.BARRIER || newer.kind() == Kind.BARRIER) {
        return shared;
      }
      return (older.key() == newer.key()
          || older.key() == newer.oldKey()
          || older.oldKey() == newer.key()
          || older.oldKey() == newer.oldKey());
    }
  }

  @Test
  void noKeyIsOvertakenAndNothingIsLost() {
    long first = new Random().nextInt(1_000_000);
    System.out.println("DeliverySimulationTest seeds from " + first);
    for (long seed = first; seed < first + SEEDS; seed++) {
      try {
        run(seed);
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("seed " + seed, e);
      }
    }
  }

  private static void run(long seed) {
    Random random = new Random(seed);
    int[] keys = random.ints(KEYS).toArray();
    Delivery<String> delivery = new Delivery<>(1 + random.nextInt(8));
    Judge judge = new Judge();
    List<Consumer<String>> consumers = new ArrayList<>();
    long sequence = 0;
    for (int i = 0; i < STEPS; i++) {
      switch (random.nextInt(12)) {
        case 0 -> {
          if (consumers.size() < 4) {
            Ordering[] orderings = Ordering.values();
            consumers.add(
                delivery.attach(orderings[random.nextInt(orderings.length)], message -> true));
          }
        }
        case 1 -> {
          if (!consumers.isEmpty() && random.nextInt(4) == 0) {
            Consumer<String> gone = consumers.remove(random.nextInt(consumers.size()));
            delivery.detach(gone);
            judge.holders.values().removeIf(holder -> holder == gone);
          }
        }
        case 2, 3, 4, 5 -> {
          Message<String> message = message(++sequence, random, keys);
          judge.appended.add(message);
          delivery.append(message);
        }
        case 6, 7, 8 -> {
          if (!consumers.isEmpty()) {
            poll(consumers.get(random.nextInt(consumers.size())), delivery, judge, consumers);
          }
        }
        default -> answer(random, delivery, judge);
      }
    }
    if (consumers.isEmpty()) {
      consumers.add(delivery.attach(Ordering.BY_ACKNOWLEDGEMENT, message -> true));
    }
    for (int idle = 0; delivery.size() > 0; idle++) {
      assertThat(idle).as("rounds without an end, %d left", delivery.size()).isLessThan(10_000);
      for (Consumer<String> consumer : consumers) {
        poll(consumer, delivery, judge, consumers);
      }
      List.copyOf(judge.holders.keySet()).forEach(each -> acknowledge(each, delivery, judge));
    }
    assertThat(judge.holders).isEmpty();
    long rows = judge.appended.stream().filter(each -> each.kind() != Kind.BOUNDARY).count();
    long done =
        judge.appended.stream()
            .filter(each -> each.kind() != Kind.BOUNDARY)
            .filter(each -> judge.acknowledged.contains(each.sequence()))
            .count();
    assertThat(done).isEqualTo(rows);
  }

  private static Message<String> message(long sequence, Random random, int[] keys) {
    int key = keys[random.nextInt(KEYS)];
    return switch (random.nextInt(12)) {
      case 0 -> new Message<>(sequence, Kind.BARRIER, 0, 0, "");
      case 1 -> new Message<>(sequence, Kind.BOUNDARY, 0, 0, "");
      case 2 -> new Message<>(sequence, Kind.ROW, key, keys[random.nextInt(KEYS)], "");
      default -> Message.row(sequence, key, "");
    };
  }

  private static void poll(
      Consumer<String> consumer,
      Delivery<String> delivery,
      Judge judge,
      List<Consumer<String>> consumers) {
    Optional<Message<String>> next = delivery.poll(consumer);
    next.ifPresent(message -> judge.delivered(message, consumer, consumers.size() > 1));
  }

  private static void answer(Random random, Delivery<String> delivery, Judge judge) {
    if (judge.holders.isEmpty()) {
      return;
    }
    List<Long> held = new ArrayList<>(judge.holders.keySet());
    long sequence = held.get(random.nextInt(held.size()));
    Consumer<String> holder = judge.holders.get(sequence);
    // One that works in the order of arrival gives back with a message all that came after it.
    if (random.nextInt(3) > 0) {
      acknowledge(sequence, delivery, judge);
    } else if (holder.ordering == Ordering.BY_ACKNOWLEDGEMENT) {
      assertThat(delivery.giveBack(holder, sequence)).isTrue();
      judge.holders.remove(sequence);
    } else {
      for (long each : held) {
        if (each >= sequence && judge.holders.get(each) == holder) {
          assertThat(delivery.giveBack(holder, each)).isTrue();
          judge.holders.remove(each);
        }
      }
    }
  }

  private static void acknowledge(long sequence, Delivery<String> delivery, Judge judge) {
    assertThat(delivery.acknowledge(judge.holders.get(sequence), sequence)).isTrue();
    judge.holders.remove(sequence);
    judge.acknowledged.add(sequence);
  }
}
