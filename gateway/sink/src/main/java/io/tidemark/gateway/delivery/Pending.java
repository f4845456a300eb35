package io.tidemark.gateway.delivery;

/** A message until it is done with. Equal to itself alone. */
final class Pending<T> {
  /** Null once it is done with. */
  Message<T> message;

  final int bucket;

  /** Whether others must wait for it, and it for others, as soon as several consumers share. */
  final boolean barrier;

  /** Its consumer has acknowledged it, and an older one of its key is not acknowledged. */
  boolean isAcknowledged;

  /** Its consumer has it, and is to get it again whatever it answers. */
  boolean isAgain;

  /** It is to be delivered, and waits for others of its key or for its time. */
  boolean isWaiting;

  /** How many times it was given back as its consumer could not do with it. */
  int attempts;

  /** Whether it is delivered again at {@link #notBefore} at the earliest. */
  boolean isDelayed;

  long notBefore;

  Pending(Message<T> message, int buckets) {
    this.message = message;
    this.bucket = bucket(message.key(), buckets);
    this.barrier =
        message.kind() == Message.Kind.BARRIER || bucket != bucket(message.oldKey(), buckets);
  }

  static int bucket(int key, int buckets) {
    return (int) (((key & 0xFFFF_FFFFL) * buckets) >>> 32);
  }

  long sequence() {
    return message.sequence();
  }

  boolean isDone() {
    return message == null;
  }

  boolean isMoved() {
    return message.key() != message.oldKey();
  }
}
