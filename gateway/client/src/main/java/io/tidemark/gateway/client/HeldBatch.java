package io.tidemark.gateway.client;

import io.tidemark.gateway.wire.Batch;
import io.tidemark.gateway.wire.Event;

/** A batch, from its arrival until the last of its events is dealt with. */
final class HeldBatch {
  private final Batch batch;
  private final long bytes;
  private int read;
  private int open;

  HeldBatch(Batch batch) {
    this.batch = batch;
    this.bytes = batch.getSerializedSize();
    this.open = batch.getEventsCount();
  }

  /** The batch's size on the wire. */
  long bytes() {
    return bytes;
  }

  boolean hasNext() {
    return read < batch.getEventsCount();
  }

  /** The event that is next, if there is one. */
  Event peek() {
    return batch.getEvents(read);
  }

  Event next() {
    return batch.getEvents(read++);
  }

  /** One of its events is dealt with. Whether that was the last. */
  boolean close() {
    return --open == 0;
  }
}
