package io.tidemark.postgres;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The key of a row as bytes, such that two rows have equal keys if and only if their bytes are
 * equal: types whose equal values have several binary forms are brought into one (see {@link
 * KeyExtractor}). Within one table only; the table is not part of it.
 */
public final class RowKey {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private final byte[] bytes;
  private final int hash;

  /** Takes the array as it is; nobody may write to it afterwards. */
  public RowKey(byte[] bytes) {
    this.bytes = bytes;
    this.hash = hash(bytes, bytes.length);
  }

  /** The key's bytes, shared: not to be written to. */
  public byte[] array() {
    return bytes;
  }

  /** Bytes of memory that keeping this alive takes, roughly. */
  public int memorySize() {
    return 40 + bytes.length;
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof RowKey other && hash == other.hash && Arrays.equals(bytes, other.bytes);
  }

  @Override
  public int hashCode() {
    return hash;
  }

  /**
   * The hash of a key of the first {@code length} bytes. Mixes all bits into all bits:
   * Arrays.hashCode would map 16 million consecutive bigints to 250,000 values. It decides the lane
   * too, by which state is kept, so it must never change.
   */
  static int hash(byte[] bytes, int length) {
    long hash = length;
    int at = 0;
    for (; at + 8 <= length; at += 8) {
      hash = mix(hash ^ (long) LONG.get(bytes, at));
    }
    long rest = 0;
    for (; at < length; at++) {
      rest = rest << 8 | (bytes[at] & 0xFF);
    }
    return (int) (mix(hash ^ rest) >>> 32);
  }

  /** The hash of a key of one column whose value is eight bytes, without the key. */
  static int hashOfLong(long value) {
    // The key: 1 (two bytes), 8 (four bytes), the value; its first eight bytes, then six.
    long first = 0x0001_0000_0008_0000L | value >>> 48;
    long hash = mix(14 ^ first);
    return (int) (mix(hash ^ (value & 0xFFFF_FFFF_FFFFL)) >>> 32);
  }

  /** The finalizer of SplitMix64. */
  private static long mix(long value) {
    long z = value + 0x9E37_79B9_7F4A_7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58_476D_1CE4_E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D0_49BB_1331_11EBL;
    return z ^ (z >>> 31);
  }

  /** Its size alone: row data does not belong in logs. */
  @Override
  public String toString() {
    return "RowKey[" + bytes.length + " bytes]";
  }
}
