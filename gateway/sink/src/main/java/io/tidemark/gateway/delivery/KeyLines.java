package io.tidemark.gateway.delivery;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Set;

/**
 * Keeps the messages of each key in order, for consumers who answer in any order. A row that moved
 * stands in the lines of both its keys.
 *
 * <ul>
 *   <li>A message may be handed out while its consumer has older ones of its key, and not while
 *       another consumer has.
 *   <li>An acknowledged message is kept until all older ones of its key are acknowledged.
 *   <li>When a message is given back, it and all newer ones of its key, acknowledged or not, are
 *       delivered again, in order. What a consumer has of them is delivered again when it has
 *       answered, and the others wait for that: nobody has a message twice.
 *   <li>As long as a message waits, the newer ones of its key wait behind it.
 * </ul>
 *
 * <p>For one thread.
 */
final class KeyLines<T> {
  private final Map<Integer, KeyLine<T>> lines = new HashMap<>();

  /** What waits for its time, the next one first. */
  private final PriorityQueue<Pending<T>> delayed =
      new PriorityQueue<>(Comparator.comparingLong(each -> each.notBefore));

  private final Listener<T> listener;

  /** Hears what becomes of messages. */
  interface Listener<T> {
    /** A message need not be kept any more. */
    void done(Pending<T> pending);

    /** A message need not wait any more: it is to be looked at again. */
    void free(Pending<T> pending);
  }

  KeyLines(Listener<T> listener) {
    this.listener = listener;
  }

  /** Whether a message must not be handed out to a consumer now. */
  boolean mustWait(Pending<T> pending, Consumer<T> consumer) {
    return pending.isDelayed
        || mustWait(pending, lines.get(pending.message.key()), consumer)
        || (pending.isMoved() && mustWait(pending, lines.get(pending.message.oldKey()), consumer));
  }

  private boolean mustWait(Pending<T> pending, KeyLine<T> line, Consumer<T> consumer) {
    return line != null
        && (line.awaitsOlder(pending)
            || line.again > 0
            || (line.held > 0 && line.holder != consumer));
  }

  /** A message waits until {@link Listener#free} hears of it. */
  void await(Pending<T> pending) {
    pending.isWaiting = true;
    for (KeyLine<T> line : lines(pending)) {
      line.await(pending);
    }
  }

  /** A consumer gets a message, or had it before there were lines. */
  void handedOut(Pending<T> pending, Consumer<T> consumer) {
    handedOut(line(pending.message.key()), pending, consumer);
    if (pending.isMoved()) {
      handedOut(line(pending.message.oldKey()), pending, consumer);
    }
  }

  private void handedOut(KeyLine<T> line, Pending<T> pending, Consumer<T> consumer) {
    line.holder = consumer;
    line.held++;
    line.out.add(pending);
  }

  private KeyLine<T> line(int key) {
    return lines.computeIfAbsent(key, KeyLine::new);
  }

  private List<KeyLine<T>> lines(Pending<T> pending) {
    KeyLine<T> line = line(pending.message.key());
    return pending.isMoved() ? List.of(line, line(pending.message.oldKey())) : List.of(line);
  }

  /** A consumer has acknowledged a message. */
  void acknowledged(Pending<T> pending) {
    if (pending.isAgain) {
      answeredAgain(pending);
      return;
    }
    pending.isAcknowledged = true;
    KeyLine<T> line = line(pending.message.key());
    line.held--;
    if (pending.isMoved()) {
      line(pending.message.oldKey()).held--;
      settle(pending);
    } else if (line.out.peek() == pending && line.out.size() == 1) {
      line.out.remove();
      listener.done(pending);
      if (line.held == 0) {
        free(line);
      }
    } else {
      settle(pending);
    }
  }

  /** Lets go of an acknowledged message, and of those that were kept as it was. */
  private void settle(Pending<T> acknowledged) {
    Deque<Pending<T>> candidates = new ArrayDeque<>();
    candidates.add(acknowledged);
    for (Pending<T> each = candidates.poll(); each != null; each = candidates.poll()) {
      if (!each.isAcknowledged || each.isDone()) {
        continue;
      }
      List<KeyLine<T>> both = lines(each);
      Pending<T> oldest = each;
      if (both.stream().allMatch(line -> line.out.peek() == oldest)) {
        both.forEach(line -> line.out.remove());
        listener.done(each);
        both.stream()
            .map(line -> line.out.peek())
            .filter(Objects::nonNull)
            .forEach(candidates::add);
      }
      both.stream().filter(line -> line.held == 0).forEach(this::free);
    }
  }

  /** A consumer answered, in whatever way, what is delivered again anyway. */
  private void answeredAgain(Pending<T> pending) {
    pending.isAgain = false;
    List<KeyLine<T>> both = lines(pending);
    for (KeyLine<T> line : both) {
      line.held--;
      line.again--;
    }
    await(pending);
    both.stream().filter(line -> line.again == 0).forEach(this::free);
  }

  /**
   * A consumer gives a message back, which with all newer ones of its keys is delivered again.
   *
   * @param notBefore when at the earliest, as {@link System#nanoTime}; null for at once
   */
  void givenBack(Pending<T> pending, Long notBefore) {
    if (pending.isAgain) {
      answeredAgain(pending);
      return;
    }
    lines(pending).forEach(line -> line.held--);
    List<Pending<T>> cut = cut(pending);
    for (Pending<T> each : cut) {
      if (each == pending || each.isAcknowledged) {
        each.isAcknowledged = false;
        await(each);
      } else {
        each.isAgain = true;
        lines(each).forEach(line -> line.again++);
      }
    }
    if (notBefore != null) {
      pending.isDelayed = true;
      pending.notBefore = notBefore;
      delayed.add(pending);
    }
    for (Pending<T> each : cut) {
      lines(each).stream().filter(line -> line.again == 0).forEach(this::free);
    }
  }

  /**
   * Takes a message, all newer ones of its keys, those of their keys and so on out of the lines.
   */
  private List<Pending<T>> cut(Pending<T> first) {
    List<Pending<T>> cut = new ArrayList<>();
    Set<Pending<T>> seen = new HashSet<>(List.of(first));
    Deque<Pending<T>> next = new ArrayDeque<>(seen);
    for (Pending<T> each = next.poll(); each != null; each = next.poll()) {
      cut.add(each);
      for (KeyLine<T> line : lines(each)) {
        while (!line.out.isEmpty() && line.out.peekLast().sequence() >= each.sequence()) {
          Pending<T> newer = line.out.removeLast();
          if (seen.add(newer)) {
            next.add(newer);
          }
        }
      }
    }
    return cut;
  }

  /** What waits in a line is to be looked at again, and what waits behind it in other lines. */
  private void free(KeyLine<T> first) {
    Deque<KeyLine<T>> next = new ArrayDeque<>(List.of(first));
    for (KeyLine<T> line = next.poll(); line != null; line = next.poll()) {
      for (Pending<T> each : line.takeWaiting()) {
        if (each.isWaiting) {
          each.isWaiting = false;
          listener.free(each);
          if (each.isMoved()) {
            next.add(
                line(line.key == each.message.key() ? each.message.oldKey() : each.message.key()));
          }
        }
      }
      if (line.isEmpty()) {
        lines.remove(line.key);
      }
    }
  }

  /** Time has passed: what was delayed until now or before waits no more. */
  void wake(long now) {
    while (!delayed.isEmpty() && delayed.peek().notBefore - now <= 0) {
      wake(delayed.remove());
    }
  }

  /** Nothing is delayed any more. */
  void wakeAll() {
    while (!delayed.isEmpty()) {
      wake(delayed.remove());
    }
  }

  private void wake(Pending<T> pending) {
    pending.isDelayed = false;
    lines(pending).forEach(this::free);
  }

  /** Nanoseconds until {@link #wake} has something to do; {@link Long#MAX_VALUE} for never. */
  long nanosUntilDue(long now) {
    return delayed.isEmpty() ? Long.MAX_VALUE : Math.max(0, delayed.peek().notBefore - now);
  }

  /** How many keys have a line. */
  int size() {
    return lines.size();
  }

  /** Forgets all lines; nothing waits any more. */
  void clear() {
    wakeAll();
    List.copyOf(lines.values()).forEach(this::free);
    lines.clear();
  }
}
