package io.tidemark.gateway.delivery;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.function.Predicate;

/** One who gets messages of a URI: see {@link Delivery}. */
public final class Consumer {
  private static final Comparator<Pending> IN_ORDER = Comparator.comparingLong(Pending::sequence);

  final Ordering ordering;
  final Predicate<Message> wanted;

  /** What was sent and not answered, by sequence, in the order in which it was sent. */
  final Map<Long, Pending> sent = new LinkedHashMap<>();

  int buckets;

  /** Waiting, in order. */
  private final ArrayDeque<Pending> fresh = new ArrayDeque<>();

  /** Waiting, older than what {@link #fresh} may begin with: came back, or from another. */
  private final PriorityQueue<Pending> returned = new PriorityQueue<>(IN_ORDER);

  Consumer(Ordering ordering, Predicate<Message> wanted) {
    this.ordering = ordering;
    this.wanted = wanted;
  }

  /** Adds the newest of all. */
  void addFresh(Pending pending) {
    fresh.add(pending);
  }

  void addReturned(Pending pending) {
    returned.add(pending);
  }

  /** The oldest that waits; null if none does. */
  Pending peek() {
    Pending newest = fresh.peek();
    Pending back = returned.peek();
    return back == null || (newest != null && newest.sequence() < back.sequence()) ? newest : back;
  }

  /** Takes what {@link #peek} gave. */
  void remove(Pending head) {
    if (fresh.peek() == head) {
      fresh.remove();
    } else {
      returned.remove();
    }
  }

  /** Takes what waits in this bucket, in order. */
  List<Pending> take(int bucket) {
    List<Pending> taken = new ArrayList<>();
    fresh.removeIf(each -> each.bucket == bucket && taken.add(each));
    returned.removeIf(each -> each.bucket == bucket && taken.add(each));
    taken.sort(IN_ORDER);
    return taken;
  }
}
