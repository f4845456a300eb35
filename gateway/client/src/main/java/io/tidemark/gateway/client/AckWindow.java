package io.tidemark.gateway.client;

import io.tidemark.gateway.wire.Event;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletionException;

/**
 * The events of one stream that are being dealt with, by number. Knows up to where all are dealt
 * with, which of those that failed is the first, and how many handlers still run, also for events
 * that the stream has taken back since.
 */
final class AckWindow {
  private final Deque<Slot> slots = new ArrayDeque<>();
  private long next = 1;
  private long handled;
  private int running;
  private int stale;

  /** An event that a handler has. */
  static final class Slot {
    private final long number;
    private final HeldBatch batch;

    /** Null when it is dealt with: rows are not kept for what is not needed. */
    private Event event;

    private boolean done;
    private Throwable failure;
    private boolean forgotten;

    private Slot(long number, Event event, HeldBatch batch) {
      this.number = number;
      this.event = event;
      this.batch = batch;
    }

    long number() {
      return number;
    }

    HeldBatch batch() {
      return batch;
    }

    /** The event, until it is dealt with. */
    Event event() {
      return event;
    }

    /** Why its handler failed, or null. */
    Throwable failure() {
      return failure instanceof CompletionException && failure.getCause() != null
          ? failure.getCause()
          : failure;
    }
  }

  /** Gives the next number to an event, whose handler is about to be called. */
  Slot begin(Event event, HeldBatch batch) {
    Slot slot = new Slot(next++, event, batch);
    slots.addLast(slot);
    running++;
    return slot;
  }

  /**
   * An event's handler is through.
   *
   * @param failure why it could not deal with it; null if it did
   * @return whether that still matters: false if the event was forgotten
   */
  boolean end(Slot slot, Throwable failure) {
    running--;
    if (slot.forgotten) {
      stale--;
      return false;
    }
    slot.done = failure == null;
    slot.failure = failure;
    if (slot.done) {
      slot.event = null;
    }
    while (!slots.isEmpty() && slots.peekFirst().done) {
      handled = slots.removeFirst().number;
    }
    return true;
  }

  /** All events up to this number are dealt with. */
  long handled() {
    return handled;
  }

  /** The number of the next event. */
  long next() {
    return next;
  }

  /** How many events there are between the first that is not dealt with and the last. */
  int size() {
    return slots.size();
  }

  /** How many handlers run. */
  int running() {
    return running;
  }

  /** How many handlers run for events that were forgotten. */
  int stale() {
    return stale;
  }

  /** The first event whose handler failed, or null. */
  Slot firstFailed() {
    for (Slot slot : slots) {
      if (slot.failure != null) {
        return slot;
      }
    }
    return null;
  }

  /** The events from this number on come again, and their handlers' results do not count. */
  void forget(long from) {
    while (!slots.isEmpty() && slots.peekLast().number >= from) {
      Slot slot = slots.removeLast();
      slot.forgotten = true;
      if (!slot.done && slot.failure == null) {
        stale++;
      }
    }
    next = from;
    handled = Math.min(handled, from - 1);
  }
}
