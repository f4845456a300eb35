package io.tidemark.gateway.event;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Bytes in protobuf's encoding, written from the end to the start: so the length of a message is
 * known when it is to be written, and nothing is measured before. Grows as needed, and is reused.
 * Not thread-safe.
 */
public final class WireBuffer {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final int FIRST_CAPACITY = 1024;

  private byte[] bytes = new byte[FIRST_CAPACITY];
  private int start = bytes.length;

  /** Forgets what was written. */
  public void clear() {
    start = bytes.length;
  }

  /** How many bytes were written. */
  public int size() {
    return bytes.length - start;
  }

  /** A copy of what was written, in reading order. */
  public byte[] toByteArray() {
    return Arrays.copyOfRange(bytes, start, bytes.length);
  }

  /** Puts bytes before what was written. */
  public void put(byte[] from, int offset, int length) {
    reserve(length);
    start -= length;
    System.arraycopy(from, offset, bytes, start, length);
  }

  public void put(byte[] from) {
    put(from, 0, from.length);
  }

  /** Eight bytes, the highest first. */
  public void putLong(long value) {
    reserve(Long.BYTES);
    start -= Long.BYTES;
    LONG.set(bytes, start, value);
  }

  /** A tag of fewer than 16 fields, which is one byte. */
  public void putTag(int field, int wireType) {
    reserve(1);
    bytes[--start] = (byte) (field << 3 | wireType);
  }

  /** The tag and length of a message or a string that was written since the buffer had a size. */
  public void putHeader(int field, int sizeBefore) {
    putVarint(size() - sizeBefore);
    putTag(field, 2);
  }

  /** An unsigned number; left out if it is 0, as proto3 does. */
  public void putNumber(int field, long value) {
    if (value != 0) {
      putVarint(value);
      putTag(field, 0);
    }
  }

  private void putVarint(long value) {
    int length = varintLength(value);
    reserve(length);
    start -= length;
    int at = start;
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      bytes[at++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    bytes[at] = (byte) rest;
  }

  private static int varintLength(long value) {
    return Math.max(1, (70 - Long.numberOfLeadingZeros(value)) / 7);
  }

  private void reserve(int length) {
    if (start >= length) {
      return;
    }
    int size = size();
    long needed = (long) size + length;
    if (needed > Integer.MAX_VALUE - 8) {
      throw new IllegalStateException("a message of " + needed + " bytes: gRPC has none so large");
    }
    byte[] larger = new byte[(int) Math.min(Integer.MAX_VALUE - 8, Math.max(needed, 2L * size))];
    System.arraycopy(bytes, start, larger, larger.length - size, size);
    bytes = larger;
    start = larger.length - size;
  }
}
