package io.tidemark.source.enumerator;

import java.util.HashSet;
import java.util.Set;

/**
 * How a bounded capture ends. Its stream is offered to end once no dump is open; the stream reader
 * takes the offer, or refuses it if it has asked for a dump that the enumerator may not have heard
 * of when it made the offer. Once no reader has the stream, none gets more splits. The slot is
 * needed until a checkpoint without the stream is complete.
 */
final class StreamEnd {
  /** The offer that is open, or is made next. */
  private long offer = 1;

  /** The reader that was given the stream, until it starts anew; else -1. */
  private int taker = -1;

  private final Set<Integer> withoutStream = new HashSet<>();
  private boolean over;

  /** The first that began when the stream was over; 0 if none did. */
  private long firstCheckpoint;

  private boolean slotNeeded = true;

  /** The number of the offer: see {@link io.tidemark.source.event.EnumeratorEvent.Dumps}. */
  long offer() {
    return offer;
  }

  /** The stream reader does not end at this offer; tells whether that calls for another one. */
  boolean refused(long refused) {
    boolean open = refused == offer;
    if (open) {
      offer++;
    }
    return open;
  }

  /** A reader fails or starts; it may have the stream then, also again: it will say. */
  void readerRestarts(int subtask) {
    withoutStream.remove(subtask);
    if (taker == subtask) {
      taker = -1;
    }
    over = false;
    firstCheckpoint = 0;
  }

  void streamAssigned(int subtask) {
    withoutStream.remove(subtask);
    taker = subtask;
  }

  /** A reader says at its start that it has no stream: it may have been given it meanwhile. */
  void startedWithout(int subtask) {
    if (subtask != taker) {
      withoutStream.add(subtask);
    }
  }

  void streamEnded(int subtask) {
    withoutStream.add(subtask);
  }

  /** Whether no reader has the stream; true once. */
  boolean isOverNow(int parallelism) {
    boolean before = over;
    over = withoutStream.size() >= parallelism;
    return over && !before;
  }

  void checkpointBegins(long checkpoint) {
    if (over && firstCheckpoint == 0) {
      firstCheckpoint = checkpoint;
    }
  }

  void checkpointCompleted(long checkpoint) {
    if (firstCheckpoint > 0 && checkpoint >= firstCheckpoint) {
      slotNeeded = false;
    }
  }

  boolean isSlotNeeded() {
    return slotNeeded;
  }
}
