package io.tidemark.gateway.outbox;

import io.tidemark.gateway.wire.RangeAnswer;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Ranges of dumps on demand: knows when all rows of a range are acknowledged, or a row of it was
 * given back.
 *
 * <p>Of each range the newest row is held back until the range's next row comes, so that the last
 * row can be marked.
 */
final class DumpedRanges {
  private static final int MAX_CLOSED = 10_000;

  private final Map<Long, Range> ranges = new LinkedHashMap<>();
  private final Deque<RangeAnswer> answers = new ArrayDeque<>();

  /** Of which rows can still come, as they were on their way; the last ones that were closed. */
  private final Set<Long> closed = new LinkedHashSet<>();

  private int held;

  private static final class Range {
    /** Came last, and waits for the next; null if none does. */
    Entry held;

    int unacknowledged;

    /**
     * How many lanes have told that no more rows come. Not in a checkpoint: all lanes tell it
     * before a checkpoint's barrier, or all behind.
     */
    int lanesEnded;

    /** No more rows come: each lane has told so. */
    boolean read;

    /** Why it is to be dumped again; empty if it is not. */
    String requeueReason = "";
  }

  /**
   * A row of a range that is not closed comes.
   *
   * @return the row that was held back until now, which is not the last; null if there was none
   */
  Entry hold(Entry row) {
    Range range = ranges.computeIfAbsent(row.request(), any -> new Range());
    Entry before = range.held;
    range.held = row;
    if (before == null) {
      held++;
    } else {
      range.unacknowledged++;
    }
    return before;
  }

  /** Whether nobody asks for the range any more: its rows are rows like others. */
  boolean isClosed(long request) {
    return closed.contains(request);
  }

  /** Whether nothing was heard of the range yet. */
  boolean isNew(long request) {
    return !ranges.containsKey(request);
  }

  /** Whether any row is held back. */
  boolean holdsAny() {
    return held > 0;
  }

  /** Gives up those held rows whose keys these are: a newer change of theirs comes. */
  List<Entry> release(int key, int oldKey) {
    Deque<Entry> released = new ArrayDeque<>();
    for (Range range : ranges.values()) {
      if (range.held != null && (range.held.key() == key || range.held.key() == oldKey)) {
        released.add(letGo(range));
      }
    }
    return List.copyOf(released);
  }

  /** Gives up all held rows. */
  List<Entry> releaseAll() {
    Deque<Entry> released = new ArrayDeque<>();
    for (Range range : ranges.values()) {
      if (range.held != null) {
        released.add(letGo(range));
      }
    }
    return List.copyOf(released);
  }

  private Entry letGo(Range range) {
    Entry row = range.held;
    range.held = null;
    range.unacknowledged++;
    held--;
    return row;
  }

  /**
   * No more rows of a range that is not closed come out of one more of the lanes. Nothing happens
   * if the range was read before: after a restore its end can come again.
   *
   * @return its last row; null if some lane has not ended, if the range had none, or if that is out
   *     already
   */
  Entry end(long request, int lanes) {
    Range range = ranges.computeIfAbsent(request, any -> new Range());
    if (range.read || ++range.lanesEnded < lanes) {
      return null;
    }
    range.read = true;
    Entry last = range.held == null ? null : letGo(range);
    answer(request, range);
    return last;
  }

  /** A row was acknowledged. */
  void acknowledged(long request) {
    Range range = ranges.get(request);
    if (range != null && range.unacknowledged > 0) {
      range.unacknowledged--;
      if (range.requeueReason.isEmpty()) {
        answer(request, range);
      }
    }
  }

  /** A consumer cannot do with a row: the range is to be dumped again, once. */
  void requeue(long request, String reason) {
    Range range = ranges.get(request);
    if (range != null && range.requeueReason.isEmpty()) {
      range.requeueReason = reason.isEmpty() ? "no reason given" : reason;
      answer(request, range);
    }
  }

  private void answer(long request, Range range) {
    boolean done = range.read && range.unacknowledged == 0;
    if (done || !range.requeueReason.isEmpty()) {
      answers.add(
          RangeAnswer.newBuilder()
              .setRequest(request)
              .setRequeueReason(range.requeueReason)
              .build());
    }
  }

  /** Nobody asks for it any more. */
  void close(long request, java.util.function.Consumer<Entry> released) {
    Range range = ranges.get(request);
    if (range != null) {
      if (range.held != null) {
        released.accept(letGo(range));
      }
      ranges.remove(request);
    }
    closed.add(request);
    if (closed.size() > MAX_CLOSED) {
      closed.remove(closed.iterator().next());
    }
  }

  /** All that are not closed. */
  List<Long> requests() {
    return List.copyOf(ranges.keySet());
  }

  /** What is to be told, once. */
  RangeAnswer pollAnswer() {
    return answers.poll();
  }

  /** Another server is there: its predecessor need not have dealt with what it was told. */
  void answerAgain() {
    answers.clear();
    ranges.forEach(this::answer);
  }

  /** What a checkpoint holds of each. */
  Collection<OutboxState.Range> state() {
    return ranges.entrySet().stream()
        .map(
            each ->
                new OutboxState.Range(
                    each.getKey(), each.getValue().read, each.getValue().requeueReason))
        .toList();
  }

  /** Rows that are held back. */
  List<Entry> heldRows() {
    return ranges.values().stream().map(range -> range.held).filter(row -> row != null).toList();
  }

  void restore(OutboxState.Range state) {
    Range range = ranges.computeIfAbsent(state.request(), any -> new Range());
    range.read = state.read();
    range.requeueReason = state.requeueReason();
  }

  /** A restored row, that was not held back; its range may be closed. */
  void restored(long request) {
    Range range = ranges.get(request);
    if (range != null) {
      range.unacknowledged++;
    }
  }
}
