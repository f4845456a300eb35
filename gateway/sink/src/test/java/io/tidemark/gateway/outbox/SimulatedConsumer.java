package io.tidemark.gateway.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.gateway.wire.Answers;
import io.tidemark.gateway.wire.Event;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** What a consumer knows: its tables, and the events that it has not acknowledged. */
final class SimulatedConsumer {
  final long flow;
  final boolean oneByOne;
  private final OutboxJudge judge;
  private final Set<Integer> tables = new HashSet<>();

  /** By arrival: the last event that was acknowledged, and those after it. */
  private long done;

  private final List<String> after = new ArrayList<>();

  /** By arrival: the number from which events are awaited again; 0 if none is. */
  private long awaited;

  /** One by one: by sequence, and rows of dumps by their ids. */
  private final Map<Long, String> bySequence = new HashMap<>();

  private final Map<Integer, Deque<String>> byDump = new HashMap<>();

  SimulatedConsumer(long flow, boolean oneByOne, OutboxJudge judge) {
    this.flow = flow;
    this.oneByOne = oneByOne;
    this.judge = judge;
  }

  void take(Event event) {
    if (event.hasTable()) {
      assertThat(tables.add(event.getTable().getId())).as("it is told once").isTrue();
      return;
    } else if (event.hasAgain()) {
      assertThat(awaited).as("only what was given back comes again").isNotZero();
      assertThat(event.getAgain().getFrom()).isEqualTo(awaited);
      awaited = 0;
      return;
    }
    if (event.hasRow()) {
      assertThat(tables).contains(event.getRow().getTable());
    }
    String text = Events.text(event);
    if (oneByOne) {
      judge.delivered(text, this);
      if (event.getRow().hasDump()) {
        byDump
            .computeIfAbsent(event.getRow().getDump().getId(), id -> new ArrayDeque<>())
            .add(text);
      } else {
        bySequence.put(event.getSequence(), text);
      }
    } else if (awaited == 0) {
      judge.delivered(text, this);
      after.add(text);
    }
  }

  Answers acknowledge(Random random) {
    Answers.Builder answers = Answers.newBuilder().setFlow(flow);
    if (!oneByOne) {
      for (int i = random.nextInt(after.size() + 1); i > 0; i--) {
        judge.acknowledged(after.remove(0));
        done++;
      }
      return answers.setArrived(done).build();
    }
    for (long sequence : List.copyOf(bySequence.keySet())) {
      if (random.nextInt(3) > 0) {
        judge.acknowledged(bySequence.remove(sequence));
        answers.addAcknowledged(sequence);
      }
    }
    byDump.forEach(
        (id, rows) -> {
          int count = random.nextInt(rows.size() + 1);
          for (int i = 0; i < count; i++) {
            judge.acknowledged(rows.remove());
          }
          answers.addDumpedBuilder().setId(id).setAcknowledged(count);
        });
    return answers.build();
  }

  Answers giveBack(Random random) {
    Answers.Builder answers = Answers.newBuilder().setFlow(flow);
    if (!oneByOne) {
      if (awaited == 0 && !after.isEmpty()) {
        int kept = random.nextInt(after.size());
        awaited = done + kept + 1;
        List<String> back = after.subList(kept, after.size());
        back.forEach(judge::givenBack);
        back.clear();
        answers.setAgainFrom(awaited);
      }
      return answers.build();
    }
    for (long sequence : List.copyOf(bySequence.keySet())) {
      if (random.nextInt(3) == 0) {
        judge.givenBack(bySequence.remove(sequence));
        answers.addGivenBack(sequence);
      }
    }
    byDump.forEach(
        (id, rows) -> {
          if (!rows.isEmpty() && random.nextInt(3) == 0) {
            // The row is done with: the whole range comes instead.
            judge.acknowledged(rows.remove());
            answers.addDumpedBuilder().setId(id).setRequeueReason("no");
          }
        });
    return answers.build();
  }
}
