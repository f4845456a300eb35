package io.tidemark.gateway.outbox;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import io.tidemark.gateway.wire.Batch;
import io.tidemark.gateway.wire.Event;
import java.util.Arrays;

/**
 * A {@link Batch} as it is put together from events that are encoded already. Used for one batch
 * after the other.
 */
final class BatchBuffer {
  private static final int EVENTS_TAG = Batch.EVENTS_FIELD_NUMBER << 3 | 2;
  private static final int SEQUENCE_TAG = Event.SEQUENCE_FIELD_NUMBER << 3;

  private byte[] bytes = new byte[64 << 10];
  private int size;

  void clear() {
    size = 0;
  }

  boolean isEmpty() {
    return size == 0;
  }

  int size() {
    return size;
  }

  /** How much longer the batch becomes by an event. */
  static long sizeOf(byte[] event, long sequence) {
    long length = lengthOf(event, sequence);
    return 1 + varintLength(length) + length;
  }

  private static long lengthOf(byte[] event, long sequence) {
    return event.length + (sequence == 0 ? 0L : 1 + varintLength(sequence));
  }

  /**
   * Adds an event.
   *
   * @param sequence 0 if it has none
   */
  void add(byte[] event, long sequence) {
    reserve(sizeOf(event, sequence));
    bytes[size++] = (byte) EVENTS_TAG;
    putVarint(lengthOf(event, sequence));
    System.arraycopy(event, 0, bytes, size, event.length);
    size += event.length;
    if (sequence != 0) {
      bytes[size++] = (byte) SEQUENCE_TAG;
      putVarint(sequence);
    }
  }

  private void reserve(long more) {
    long needed = size + more;
    if (needed > bytes.length) {
      if (needed > Integer.MAX_VALUE - 8) {
        throw new IllegalStateException("a batch of " + needed + " bytes");
      }
      bytes = Arrays.copyOf(bytes, (int) Math.min(Integer.MAX_VALUE - 8, needed + needed / 4));
    }
  }

  private void putVarint(long value) {
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      bytes[size++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    bytes[size++] = (byte) rest;
  }

  private static int varintLength(long value) {
    return CodedOutputStream.computeUInt64SizeNoTag(value);
  }

  /** A copy of the batch. */
  ByteString toByteString() {
    return ByteString.copyFrom(bytes, 0, size);
  }

  /** Lets go of room that one large event needed. */
  void trim() {
    if (bytes.length > 1 << 20) {
      bytes = new byte[64 << 10];
    }
    size = 0;
  }
}
