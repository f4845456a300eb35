package io.tidemark.gateway.delivery;

import java.util.ArrayDeque;
import java.util.List;

/** The messages of one key that a consumer has or had, and those that wait for them. */
final class KeyLine<T> {
  final int key;

  /** Has those of {@link #out}. */
  Consumer<T> holder;

  /** How many messages of the key the holder has not answered. */
  int held;

  /** How many of these are to be delivered again when they are answered. */
  int again;

  /** What was handed out and not given back, oldest first; the first one is not answered. */
  final ArrayDeque<Pending<T>> out = new ArrayDeque<>(1);

  /** What is to be delivered and has to wait. */
  private final ArrayDeque<Pending<T>> waiting = new ArrayDeque<>(0);

  /** Sequence of the oldest that waits. */
  private long oldestWaiting = Long.MAX_VALUE;

  KeyLine(int key) {
    this.key = key;
  }

  void await(Pending<T> pending) {
    waiting.add(pending);
    oldestWaiting = Math.min(oldestWaiting, pending.sequence());
  }

  /** Whether one older than this waits. */
  boolean awaitsOlder(Pending<T> pending) {
    return oldestWaiting < pending.sequence();
  }

  /** Takes all that wait. */
  List<Pending<T>> takeWaiting() {
    if (waiting.isEmpty()) {
      return List.of();
    }
    List<Pending<T>> taken = List.copyOf(waiting);
    waiting.clear();
    oldestWaiting = Long.MAX_VALUE;
    return taken;
  }

  boolean isEmpty() {
    return held == 0 && out.isEmpty() && waiting.isEmpty();
  }
}
