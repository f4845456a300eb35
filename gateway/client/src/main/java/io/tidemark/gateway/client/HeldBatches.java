package io.tidemark.gateway.client;

import io.tidemark.gateway.wire.Batch;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The batches of one stream. One at most is asked for at a time, and only while those held are
 * together smaller than a bound; so that, and one batch, is what they take.
 */
final class HeldBatches {
  private final long bound;
  private final Deque<HeldBatch> unread = new ArrayDeque<>();
  private long bytes;
  private boolean requested;

  HeldBatches(long bound) {
    this.bound = bound;
  }

  /** Asks for another batch if there is room. */
  void request(EventStream stream) {
    if (!requested && bytes < bound) {
      requested = true;
      stream.request();
    }
  }

  /** A batch came that was asked for. */
  void add(Batch batch) {
    requested = false;
    if (batch.getEventsCount() > 0) {
      HeldBatch held = new HeldBatch(batch);
      bytes += held.bytes();
      unread.addLast(held);
    }
  }

  /** Drops all, and what comes, so that another is asked for whenever there is none on its way. */
  void drain() {
    unread.clear();
    bytes = 0;
  }

  /** The batch with the next event, or null. */
  HeldBatch first() {
    while (!unread.isEmpty() && !unread.peekFirst().hasNext()) {
      unread.removeFirst();
    }
    return unread.peekFirst();
  }

  /** One of a batch's events is dealt with. */
  void release(HeldBatch batch) {
    if (batch.close()) {
      bytes -= batch.bytes();
    }
  }
}
