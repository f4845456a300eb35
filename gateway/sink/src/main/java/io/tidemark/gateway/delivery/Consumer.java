package io.tidemark.gateway.delivery;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.function.Predicate;

/**
 * One who gets messages of a URI: see {@link Delivery}.
 *
 * @param <T> type of a message's payload
 */
public final class Consumer<T> {
  private static final Comparator<Pending<?>> IN_ORDER =
      Comparator.comparingLong(Pending::sequence);

  final AnswerOrder answerOrder;
  final Predicate<Message<T>> wanted;

  /** Its messages in the order in which it got them, if it works {@link AnswerOrder#ARRIVAL}. */
  private final ArrayDeque<Pending<T>> arrived = new ArrayDeque<>();

  /** Its messages by sequence, if not. */
  private final Map<Long, Pending<T>> sent = new HashMap<>();

  int buckets;

  /** Waiting, in order. */
  private final ArrayDeque<Pending<T>> fresh = new ArrayDeque<>();

  /** Waiting, older than what {@link #fresh} may begin with: came back, or from another. */
  private final PriorityQueue<Pending<T>> returned = new PriorityQueue<>(IN_ORDER);

  Consumer(AnswerOrder answerOrder, Predicate<Message<T>> wanted) {
    this.answerOrder = answerOrder;
    this.wanted = wanted;
  }

  /** It gets a message. */
  void give(Pending<T> pending) {
    if (answerOrder == AnswerOrder.ARRIVAL) {
      arrived.add(pending);
    } else {
      sent.put(pending.sequence(), pending);
    }
  }

  /** The message that it has with this sequence; null if it has none. */
  Pending<T> get(long sequence) {
    if (answerOrder == AnswerOrder.ANY) {
      return sent.get(sequence);
    }
    for (Pending<T> each : arrived) {
      if (each.sequence() == sequence) {
        return each;
      }
    }
    return null;
  }

  /** Takes a message away that it has. */
  void recall(Pending<T> pending) {
    if (answerOrder == AnswerOrder.ANY) {
      sent.remove(pending.sequence());
    } else if (arrived.peek() == pending) {
      arrived.remove();
    } else if (arrived.peekLast() == pending) {
      arrived.removeLast();
    } else {
      arrived.remove(pending);
    }
  }

  /** The message that it got first of those that it has; null if there is none. */
  Pending<T> oldest() {
    return answerOrder == AnswerOrder.ARRIVAL
        ? arrived.peek()
        : sent.isEmpty() ? null : Collections.min(sent.values(), IN_ORDER);
  }

  /** What it has; in the order in which it got it, if it works by arrival. */
  List<Pending<T>> messages() {
    return List.copyOf(answerOrder == AnswerOrder.ARRIVAL ? arrived : sent.values());
  }

  int count() {
    return arrived.size() + sent.size();
  }

  /** Adds the newest of all. */
  void addFresh(Pending<T> pending) {
    fresh.add(pending);
  }

  void addReturned(Pending<T> pending) {
    returned.add(pending);
  }

  /** The oldest that waits; null if none does. */
  Pending<T> peek() {
    Pending<T> newest = fresh.peek();
    Pending<T> back = returned.peek();
    return back == null || (newest != null && newest.sequence() < back.sequence()) ? newest : back;
  }

  /** Takes what {@link #peek} gave. */
  void remove(Pending<T> head) {
    if (fresh.peek() == head) {
      fresh.remove();
    } else {
      returned.remove();
    }
  }

  /** Takes what waits in this bucket, in order. */
  List<Pending<T>> take(int bucket) {
    List<Pending<T>> taken = new ArrayList<>();
    fresh.removeIf(each -> each.bucket == bucket && taken.add(each));
    returned.removeIf(each -> each.bucket == bucket && taken.add(each));
    taken.sort(IN_ORDER);
    return taken;
  }
}
