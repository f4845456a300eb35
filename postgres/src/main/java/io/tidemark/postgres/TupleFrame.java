package io.tidemark.postgres;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Walks over the columns of a tuple, checking every byte that is not a value: the one place that
 * knows how columns are framed. {@link Tuple} describes the two layouts.
 *
 * <p>A walk ends with the array at the latest and allocates nothing. Of each column {@code i} it
 * notes, if that is wanted, at {@code 2 * i} where the value starts, and at {@code 2 * i + 1} its
 * length, or {@link #NULL} or {@link #UNCHANGED}. A column without a value starts where one would:
 * in {@link Tuple.Layout#PGOUTPUT} behind its kind, in {@link Tuple.Layout#COPY} behind its length.
 */
public final class TupleFrame {
  /** In place of a length: the column is SQL NULL. */
  static final int NULL = -1;

  /** In place of a length: the column is TOAST that did not change, and was not sent. */
  static final int UNCHANGED = -2;

  /** The kind of a value in PostgreSQL's text, in the layout of pgoutput. */
  static final byte TEXT = 't';

  /** The kind of a value in its binary form. */
  static final byte BINARY = 'b';

  /** Of the number of columns. */
  static final int COUNT_BYTES = 2;

  /** Of a value's length. */
  static final int LENGTH_BYTES = 4;

  /** Of a value's kind and length in the layout of pgoutput; of what has no value only the kind. */
  static final int HEAD_BYTES = 1 + LENGTH_BYTES;

  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

  private TupleFrame() {}

  /**
   * Where a tuple in {@link Tuple.Layout#COPY} ends, without an object for it.
   *
   * @param offset of its number of columns
   * @param columns how many it must have
   * @return the index behind its last byte
   * @throws MalformedTupleException if no such tuple starts there
   */
  public static int copiedEnd(byte[] bytes, int offset, int columns) {
    requireCount(bytes, offset, columns);
    return copied(bytes, offset + COUNT_BYTES, columns, null);
  }

  /** The number of columns that a tuple of at least two bytes says it has. */
  static int count(byte[] bytes, int offset) {
    return (bytes[offset] & 0xFF) << 8 | (bytes[offset + 1] & 0xFF);
  }

  static void requireCount(byte[] bytes, int offset, int columns) {
    int left = bytes.length - offset;
    if (left < COUNT_BYTES) {
      throw new MalformedTupleException(
          offset, "the row ends before its number of columns, after " + left + " bytes");
    }
    int count = count(bytes, offset);
    if (count != columns) {
      throw new MalformedTupleException(
          offset, "a row of " + count + " columns instead of " + columns);
    }
  }

  /**
   * Walks over the first columns of a tuple in {@link Tuple.Layout#PGOUTPUT}.
   *
   * @param start of the first column
   * @param places gets where each is, if not null
   * @return where the next column starts; the complement of that if one of these is unchanged
   */
  static int sent(byte[] bytes, int start, int columns, int[] places) {
    int at = start;
    boolean partial = false;
    for (int i = 0; i < columns; i++) {
      if (at >= bytes.length) {
        throw new MalformedTupleException(at, "the row ends before column " + (i + 1));
      }
      int length =
          switch (bytes[at++]) {
            case BINARY, TEXT -> sentLength(bytes, at, i);
            case 'n' -> NULL;
            case 'u' -> UNCHANGED;
            default -> throw unknownKind(bytes, at - 1, i);
          };
      partial |= length == UNCHANGED;
      at += length < 0 ? 0 : LENGTH_BYTES;
      if (places != null) {
        places[2 * i] = at;
        places[2 * i + 1] = length;
      }
      at += Math.max(length, 0);
    }
    return partial ? ~at : at;
  }

  /**
   * Walks over the first columns of a tuple in {@link Tuple.Layout#COPY}.
   *
   * @param start of the first column
   * @param places gets where each is, if not null
   * @return where the next column starts
   */
  static int copied(byte[] bytes, int start, int columns, int[] places) {
    int at = start;
    for (int i = 0; i < columns; i++) {
      int length = copiedLength(bytes, at, i);
      at += LENGTH_BYTES;
      if (places != null) {
        places[2 * i] = at;
        places[2 * i + 1] = length;
      }
      at += Math.max(length, 0);
    }
    return at;
  }

  /** The length, or NULL, of the column that starts here in {@link Tuple.Layout#COPY}. */
  static int copiedLength(byte[] bytes, int at, int column) {
    int left = bytes.length - at - LENGTH_BYTES;
    if (left < 0) {
      throw withoutLength(at, column);
    }
    int length = (int) INT.get(bytes, at);
    if (length > left || length < NULL) {
      throw wrongLength(at, column, length, left);
    }
    return length;
  }

  private static int sentLength(byte[] bytes, int at, int column) {
    int left = bytes.length - at - LENGTH_BYTES;
    if (left < 0) {
      throw withoutLength(at, column);
    }
    int length = (int) INT.get(bytes, at);
    if (length > left || length < 0) {
      throw wrongLength(at, column, length, left);
    }
    return length;
  }

  private static MalformedTupleException withoutLength(int at, int column) {
    return new MalformedTupleException(
        at, "the row ends before the length of column " + (column + 1));
  }

  private static MalformedTupleException wrongLength(int at, int column, int length, int left) {
    return new MalformedTupleException(
        at, "column %d claims %d bytes, where %d are left".formatted(column + 1, length, left));
  }

  private static MalformedTupleException unknownKind(byte[] bytes, int at, int column) {
    return new MalformedTupleException(
        at,
        "column %d is of the kind 0x%02x instead of n, u, t or b".formatted(column + 1, bytes[at]));
  }
}
