package io.tidemark.gateway.delivery;

/** A message until it is acknowledged. Equal to itself alone. */
final class Pending<T> {
  /** Null once it is acknowledged. */
  Message<T> message;

  final int bucket;

  /** Whether others must wait for it, and it for others, as soon as several consumers share. */
  final boolean barrier;

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

  boolean isAcknowledged() {
    return message == null;
  }
}
