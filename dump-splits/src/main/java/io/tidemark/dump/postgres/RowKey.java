package io.tidemark.dump.postgres;

import java.util.Arrays;

/**
 * The key of a row as bytes, such that two rows have equal keys if and only if their bytes are
 * equal: types whose equal values have several binary forms are brought into one (see {@link
 * KeyExtractor}). Within one table only; the table is not part of it.
 */
public final class RowKey {
  private final byte[] bytes;
  private final int hash;

  /** Takes the array as it is; nobody may write to it afterwards. */
  public RowKey(byte[] bytes) {
    this.bytes = bytes;
    this.hash = Arrays.hashCode(bytes);
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

  /** Its size alone: row data does not belong in logs. */
  @Override
  public String toString() {
    return "RowKey[" + bytes.length + " bytes]";
  }
}
