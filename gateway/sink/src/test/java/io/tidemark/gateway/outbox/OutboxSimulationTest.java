package io.tidemark.gateway.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.gateway.wire.RangeAnswer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * An outbox whose server and consumers come, go, answer and give back at random, and which is
 * restored from its state at random. {@link OutboxJudge} says whether each delivery was allowed; at
 * the end everything must have been acknowledged and every range told.
 */
class OutboxSimulationTest {
  private static final int SEEDS = Integer.getInteger("tidemark.seeds", 300);
  private static final int STEPS = 300;
  private static final int KEYS = 6;

  @Test
  void nothingIsLostOrOvertakenAndNumbersAreConsecutive() {
    Long one = Long.getLong("tidemark.seed");
    long first = one != null ? one : new Random().nextInt(1_000_000);
    int seeds = one != null ? 1 : SEEDS;
    System.out.println("OutboxSimulationTest seeds from " + first);
    for (long seed = first; seed < first + seeds; seed++) {
      try {
        new Run(seed).run();
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("seed " + seed, e);
      }
    }
  }

  private static final class Run {
    final Random random;
    final Outbox.Options options;
    final int[] keys;
    final int lanes;
    final OutboxJudge judge = new OutboxJudge();
    final List<SimulatedRange> ranges = new ArrayList<>();
    Outbox outbox;
    SimulatedServer server;
    int tables;
    int texts;
    long nanos;

    Run(long seed) {
      random = new Random(seed);
      keys = random.ints(KEYS).toArray();
      lanes = 1 + random.nextInt(3);
      options =
          new Outbox.Options(
              1 + random.nextInt(8), 4000, 1 << 30, random.nextBoolean() ? 60 : 1 << 20);
      outbox = new Outbox(options, OutboxState.empty(), () -> nanos);
      server = new SimulatedServer(outbox, judge, random);
    }

    void run() {
      for (int i = 0; i < STEPS; i++) {
        step();
        answerRanges();
      }
      end();
    }

    private void step() {
      nanos += Duration.ofMillis(random.nextInt(1000)).toNanos();
      switch (random.nextInt(20)) {
        case 0 -> server.attach();
        case 1 -> server.detach();
        case 2, 3, 4 -> append();
        case 5, 6 -> ranges.stream().filter(each -> !each.emitted).findAny().ifPresent(this::dump);
        case 7 -> newRange();
        case 8 -> ranges.forEach(each -> each.endLane(outbox));
        case 9, 10 -> server.window();
        case 11, 12, 13, 14 -> server.take(1 + random.nextInt(4));
        case 15 -> {
          if (random.nextInt(4) == 0) {
            restart(random.nextBoolean());
          }
        }
        case 16 -> server.giveBack();
        default -> server.acknowledge();
      }
    }

    private void append() {
      int table = outbox.table(Events.schema("t" + random.nextInt(Math.min(4, tables++ / 20 + 1))));
      List<Entry> entries = new ArrayList<>();
      for (int i = random.nextInt(3); i >= 0; i--) {
        int key = keys[random.nextInt(KEYS)];
        int oldKey = random.nextInt(8) == 0 ? keys[random.nextInt(KEYS)] : key;
        String text = ++texts + "x".repeat(random.nextInt(10) == 0 ? 3000 : random.nextInt(40));
        Entry entry =
            random.nextInt(15) == 0 ? Events.barrier(text) : Events.moved(table, key, oldKey, text);
        judge.appended(text, entry);
        entries.add(entry);
      }
      outbox.append(entries);
    }

    private void newRange() {
      if (ranges.stream().filter(each -> !each.closed).count() < 3) {
        ranges.add(
            new SimulatedRange((ranges.size() + 1L) << 32 | ranges.size() % 2, lanes, random));
      }
    }

    private void dump(SimulatedRange range) {
      String text = "" + ++texts;
      int key = keys[random.nextInt(KEYS)];
      Entry entry = Events.dumped(outbox.table(Events.schema("t0")), key, range.request, text);
      if (range.next(text)) {
        judge.appended(text, entry);
        outbox.append(List.of(entry));
      }
    }

    /** The server hears how ranges ended, and says that nobody asks for them any more. */
    private void answerRanges() {
      for (long held : server.takeHeld()) {
        ranges.stream()
            .filter(each -> each.request == held && each.closed)
            .forEach(each -> outbox.rangeClosed(each.request));
      }
      for (RangeAnswer answer : server.takeRanges()) {
        SimulatedRange range =
            ranges.stream()
                .filter(each -> each.request == answer.getRequest())
                .findAny()
                .orElseThrow();
        if (!range.closed) {
          range.answered(answer, judge);
          outbox.rangeClosed(range.request);
        }
      }
    }

    /** What the server took last is lost with it. */
    private void restart(boolean ofTheJob) {
      server.take(random.nextInt(4));
      if (ofTheJob) {
        ranges.forEach(each -> each.align(outbox));
        assertThat(outbox.snapshot().entries().size() + outbox.snapshot().held().size())
            .isEqualTo((int) outbox.size());
        outbox = new Outbox(options, outbox.snapshot(), () -> nanos);
        ranges.stream()
            .filter(each -> random.nextInt(3) == 0)
            .forEach(each -> each.endAgain(outbox));
      }
      server = server.next(outbox);
      outbox.connected();
    }

    private void end() {
      ranges.forEach(
          range -> {
            while (!range.emitted) {
              dump(range);
            }
          });
      for (int lane = 0; lane < lanes; lane++) {
        ranges.forEach(each -> each.endLane(outbox));
      }
      if (server.isEmpty()) {
        server.attach();
      }
      for (int idle = 0; outbox.size() > 0; idle++) {
        assertThat(idle).as("rounds without an end, %d left", outbox.size()).isLessThan(5_000);
        nanos += Duration.ofSeconds(1).toNanos();
        server.window();
        server.take(10);
        server.acknowledge();
        answerRanges();
      }
      server.take(1000);
      answerRanges();
      judge.assertAllAcknowledged();
      assertThat(outbox.bytes()).isZero();
      assertThat(ranges).allMatch(each -> each.closed);
      assertThat(outbox.snapshot().ranges()).isEmpty();
    }
  }
}
