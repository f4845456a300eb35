package io.tidemark.gateway.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.gateway.delivery.Message.Kind;
import java.time.Duration;
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
  private static final int SEEDS = Integer.getInteger("tidemark.seeds", 300);
  private static final int STEPS = 400;
  private static final int KEYS = 6;

  /** What happened so far, by sequence. */
  private static final class Judge {
    final List<Message<String>> appended = new ArrayList<>();

    /** Acknowledged, and not to come again since. */
    final Set<Long> acknowledged = new HashSet<>();

    /** Who has what and has not answered. */
    final Map<Long, Consumer<String>> holders = new HashMap<>();

    /** Of these, what has to come again, as an older one of its key was given back. */
    final Set<Long> again = new HashSet<>();

    /** How often each was given back as its consumer could not do with it. */
    final Map<Long, Integer> attempts = new HashMap<>();

    /** When it may come again, in seconds. */
    final Map<Long, Long> earliest = new HashMap<>();

    void delivered(Message<String> message, Consumer<String> to, boolean several, long now) {
      long sequence = message.sequence();
      assertThat(acknowledged).as("done already").doesNotContain(sequence);
      assertThat(holders).as("somebody has it").doesNotContainKey(sequence);
      assertThat(earliest.getOrDefault(sequence, 0L)).as("when it comes").isLessThanOrEqualTo(now);
      earliest.remove(sequence);
      for (Message<String> other : appended) {
        if (other.sequence() < sequence && several && isBarrier(other, message)) {
          assertThat(acknowledged).as("before %s", message).contains(other.sequence());
        } else if (other.sequence() < sequence && sharesKey(other, message)) {
          assertThat(isPassed(other, to)).as("%s waits for %s", message, other).isTrue();
        } else if (other.sequence() > sequence && sharesKey(other, message)) {
          assertThat(acknowledged).as("behind %s", message).doesNotContain(other.sequence());
          assertThat(holders).as("behind %s", message).doesNotContainKey(other.sequence());
        }
      }
      holders.put(sequence, to);
    }

    /** Whether a consumer may get what is newer of its key. */
    boolean isPassed(Message<String> message, Consumer<String> consumer) {
      return acknowledged.contains(message.sequence())
          || (holders.get(message.sequence()) == consumer && !again.contains(message.sequence()));
    }

    /** A consumer alone gets nothing: then there must be a reason for each message. */
    void nothingFor(Consumer<String> only, long now) {
      for (Message<String> message : appended) {
        boolean isDue = earliest.getOrDefault(message.sequence(), 0L) <= now;
        if (message.kind() != Kind.BOUNDARY
            && !acknowledged.contains(message.sequence())
            && !holders.containsKey(message.sequence())
            && isDue) {
          boolean waits =
              appended.stream()
                  .filter(other -> sharesKey(other, message))
                  .anyMatch(
                      other ->
                          other.sequence() < message.sequence()
                              ? !isPassed(other, only)
                              : holders.containsKey(other.sequence()));
          assertThat(waits).as("%s waits for another of its key", message).isTrue();
        }
      }
    }

    void acknowledged(long sequence) {
      holders.remove(sequence);
      if (!again.remove(sequence)) {
        acknowledged.add(sequence);
      }
    }

    /**
     * It comes again, and so do those of its key, of their keys and so on that came after it.
     *
     * @param now null for at once
     */
    void givenBack(Message<String> message, Long now) {
      long sequence = message.sequence();
      holders.remove(sequence);
      if (now != null) {
        int attempt = attempts.merge(sequence, 1, Integer::sum);
        if (!again.contains(sequence) && message.kind() == Kind.ROW) {
          earliest.put(sequence, now + Math.min(60, 1L << Math.min(attempt - 1, 10)));
        }
      }
      if (again.remove(sequence) || message.kind() != Kind.ROW) {
        return;
      }
      List<Message<String>> back = new ArrayList<>(List.of(message));
      for (Message<String> newer : appended) {
        boolean isOut =
            acknowledged.contains(newer.sequence()) || holders.containsKey(newer.sequence());
        if (newer.sequence() > sequence
            && isOut
            && back.stream().anyMatch(each -> sharesKey(each, newer))) {
          back.add(newer);
          if (!acknowledged.remove(newer.sequence())) {
            again.add(newer.sequence());
          }
        }
      }
    }

    static boolean sharesKey(Message<String> one, Message<String> other) {
      return one.kind() == Kind.ROW
          && other.kind() == Kind.ROW
          && one.sequence() != other.sequence()
          && (one.key() == other.key()
              || one.key() == other.oldKey()
              || one.oldKey() == other.key()
              || one.oldKey() == other.oldKey());
    }

    private static boolean isBarrier(Message<String> older, Message<String> newer) {
      return older.kind() != Kind.BOUNDARY
          && newer.kind() != Kind.BOUNDARY
          && (older.kind() == Kind.BARRIER || newer.kind() == Kind.BARRIER);
    }
  }

  @Test
  void noKeyIsOvertakenAndNothingIsLost() {
    long first = new Random().nextInt(1_000_000);
    System.out.println("DeliverySimulationTest seeds from " + first);
    for (long seed = first; seed < first + SEEDS; seed++) {
      try {
        new Run(seed).run();
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("seed " + seed, e);
      }
    }
  }

  private static final class Run {
    final Random random;
    final int[] keys;
    final Delivery<String> delivery;
    final Judge judge = new Judge();
    final List<Consumer<String>> consumers = new ArrayList<>();
    long sequence;

    /** In seconds. */
    long now;

    Run(long seed) {
      random = new Random(seed);
      keys = random.ints(KEYS).toArray();
      delivery = new Delivery<>(1 + random.nextInt(8));
    }

    void run() {
      for (int i = 0; i < STEPS; i++) {
        step();
      }
      if (consumers.isEmpty()) {
        attach(AnswerOrder.ANY);
      }
      for (int idle = 0; delivery.size() > 0; idle++) {
        assertThat(idle).as("rounds without an end, %d left", delivery.size()).isLessThan(10_000);
        pass(1);
        consumers.forEach(this::poll);
        judge.holders.keySet().stream().sorted().toList().forEach(this::acknowledge);
      }
      assertThat(judge.holders).isEmpty();
      assertThat(judge.appended)
          .filteredOn(each -> each.kind() != Kind.BOUNDARY)
          .allMatch(each -> judge.acknowledged.contains(each.sequence()));
      assertThat(delivery.unacknowledged()).isEmpty();
      assertThat(delivery.trackedKeys()).as("lines of keys that nobody has").isZero();
      assertThat(delivery.nanosUntilDue(nanos())).isEqualTo(Long.MAX_VALUE);
    }

    private void step() {
      switch (random.nextInt(13)) {
        case 0 -> {
          if (consumers.size() < 4) {
            attach(random.nextBoolean() ? AnswerOrder.ANY : AnswerOrder.ARRIVAL);
          }
        }
        case 1 -> {
          if (!consumers.isEmpty() && random.nextInt(4) == 0) {
            detach(consumers.remove(random.nextInt(consumers.size())));
          }
        }
        case 2, 3, 4, 5 -> {
          Message<String> message = message();
          judge.appended.add(message);
          delivery.append(message);
        }
        case 6, 7, 8 -> {
          if (!consumers.isEmpty()) {
            poll(consumers.get(random.nextInt(consumers.size())));
          }
        }
        case 9 -> pass(random.nextInt(20));
        default -> answer();
      }
    }

    private void pass(int seconds) {
      now += seconds;
      delivery.wake(nanos());
    }

    private long nanos() {
      return Duration.ofSeconds(now).toNanos();
    }

    private void attach(AnswerOrder answerOrder) {
      consumers.add(delivery.attach(answerOrder, message -> true));
      judge.earliest.clear();
    }

    private void detach(Consumer<String> gone) {
      delivery.detach(gone);
      judge.appended.stream()
          .filter(each -> judge.holders.get(each.sequence()) == gone)
          .forEach(each -> judge.givenBack(each, null));
      if (consumers.isEmpty() || isInTotalOrder()) {
        judge.earliest.clear();
      }
    }

    private boolean isInTotalOrder() {
      return consumers.size() == 1 && consumers.get(0).answerOrder == AnswerOrder.ARRIVAL;
    }

    private Message<String> message() {
      int key = keys[random.nextInt(KEYS)];
      sequence++;
      return switch (random.nextInt(12)) {
        case 0 -> new Message<>(sequence, Kind.BARRIER, 0, 0, "");
        case 1 -> new Message<>(sequence, Kind.BOUNDARY, 0, 0, "");
        case 2 -> new Message<>(sequence, Kind.ROW, key, keys[random.nextInt(KEYS)], "");
        default -> Message.row(sequence, key, "");
      };
    }

    private void poll(Consumer<String> consumer) {
      Optional<Message<String>> next = delivery.poll(consumer);
      if (next.isPresent()) {
        judge.delivered(next.get(), consumer, consumers.size() > 1, now);
      } else if (consumers.size() == 1) {
        judge.nothingFor(consumer, now);
      }
    }

    private void answer() {
      if (judge.holders.isEmpty()) {
        return;
      }
      List<Long> held = new ArrayList<>(judge.holders.keySet());
      long answered = held.get(random.nextInt(held.size()));
      Consumer<String> holder = judge.holders.get(answered);
      if (holder.answerOrder == AnswerOrder.ARRIVAL) {
        answerByArrival(holder);
      } else if (random.nextInt(3) > 0) {
        acknowledge(answered);
      } else {
        assertThat(delivery.giveBack(holder, answered, nanos())).isTrue();
        judge.givenBack(judge.appended.get((int) answered - 1), now);
      }
    }

    /** One that works in the order of arrival gives back with a message all that came after it. */
    private void answerByArrival(Consumer<String> consumer) {
      List<Long> arrived =
          consumer.messages().stream().map(each -> each.message.sequence()).toList();
      int kept = random.nextInt(arrived.size());
      if (random.nextInt(3) == 0) {
        delivery.giveBackAfter(consumer, kept);
        for (int i = arrived.size() - 1; i >= kept; i--) {
          judge.givenBack(judge.appended.get((int) (arrived.get(i) - 1)), null);
        }
      } else {
        for (long each : arrived.subList(0, kept)) {
          assertThat(delivery.acknowledgeOldest(consumer)).isTrue();
          judge.acknowledged(each);
        }
      }
    }

    private void acknowledge(long acknowledged) {
      assertThat(delivery.acknowledge(judge.holders.get(acknowledged), acknowledged)).isTrue();
      judge.acknowledged(acknowledged);
    }
  }
}
