package io.tidemark.source.lane;

import io.tidemark.postgres.KeyHasher;
import io.tidemark.postgres.RowKey;
import io.tidemark.postgres.Tuple;

/**
 * Rows of a chunk that are for one lane. What a lane needs to know of each is taken out when it is
 * read, while its bytes are in the processor's cache: when the lane evaluates a chunk they long are
 * not, and most rows go out without anyone looking at them.
 *
 * @param rows in {@link Tuple.Layout#COPY}, each array exactly one tuple
 * @param hashes of the rows' keys, as {@link RowKey#hashCode} has them
 * @param bytes bytes of memory that the rows take, roughly
 */
@SuppressWarnings("ArrayRecordComponent")
public record RowBatch(byte[][] rows, int[] hashes, long bytes) {
  /** What an array takes in memory besides its bytes, and the row's hash. */
  private static final int ROW_OVERHEAD = 28;

  public RowBatch {
    if (rows.length != hashes.length) {
      throw new IllegalArgumentException(
          rows.length + " rows with the hashes of " + hashes.length + " keys");
    }
  }

  /** Rows whose hashes are known. */
  public static RowBatch of(byte[][] rows, int[] hashes) {
    long bytes = 0;
    for (byte[] row : rows) {
      bytes += memorySize(row);
    }
    return new RowBatch(rows, hashes, bytes);
  }

  /** Rows whose hashes have to be taken. */
  public static RowBatch of(byte[][] rows, KeyHasher keys) {
    int[] hashes = new int[rows.length];
    for (int i = 0; i < rows.length; i++) {
      hashes[i] = keys.hash(rows[i]);
    }
    return of(rows, hashes);
  }

  /** Bytes of memory that a row takes, roughly. */
  public static int memorySize(byte[] row) {
    return ROW_OVERHEAD + row.length;
  }

  /** How many rows. */
  public int size() {
    return rows.length;
  }
}
