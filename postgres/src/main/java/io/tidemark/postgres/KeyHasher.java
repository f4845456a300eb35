package io.tidemark.postgres;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Takes the hashes of the keys of a table's rows in the COPY layout: the same as {@link
 * RowKey#hashCode} of the key that {@link KeyExtractor} makes, but without making one where the key
 * is a single column, as it is for nearly every table. Not thread-safe.
 */
public final class KeyHasher {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private final KeyExtractor keys;
  private final int columns;

  /** The key's column, if it is a single one that needs no canonical form; else -1. */
  private final int plainColumn;

  /** A key as {@link RowKey} has it: the number of columns, then length and value of each. */
  private byte[] key = {0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};

  /** Makes one for rows of this schema. */
  public KeyHasher(TableSchema schema) {
    this.keys = new KeyExtractor(schema);
    this.columns = schema.columns().size();
    this.plainColumn = keys.plainColumn();
  }

  /**
   * The hash of a row's key.
   *
   * @param row one tuple in the COPY layout, the whole array
   * @throws IllegalStateException if the tuple does not fit the schema
   * @throws MalformedTupleException if it is none as far as the key
   */
  public int hash(byte[] row) {
    if (plainColumn >= 0 && columns == TupleFrame.count(row, 0)) {
      int at = TupleFrame.copied(row, TupleFrame.COUNT_BYTES, plainColumn, null);
      int length = TupleFrame.copiedLength(row, at, plainColumn);
      if (length >= 0) {
        return hashPlain(row, at, length);
      }
    }
    return keys.key(new Tuple(row, 0, row.length, Tuple.Layout.COPY)).hashCode();
  }

  private int hashPlain(byte[] row, int at, int length) {
    if (length == Long.BYTES) {
      return RowKey.hashOfLong((long) LONG.get(row, at + 4));
    }
    int size = 2 + 4 + length;
    if (key.length < size) {
      key = new byte[Math.max(size, 2 * key.length)];
      key[1] = 1;
    }
    System.arraycopy(row, at, key, 2, 4 + length);
    return RowKey.hash(key, size);
  }
}
