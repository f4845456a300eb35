package io.tidemark.postgres.stream;

import io.tidemark.postgres.Tuple;

/** Gives a row the unchanged TOAST values that the old row or key was sent with. */
final class TupleCompletion {
  private TupleCompletion() {}

  /**
   * The row with each of its unchanged columns taken from {@code old}, where that has a value.
   *
   * @param row in {@link Tuple.Layout#PGOUTPUT}, as {@code old}; of as many columns
   */
  static Tuple complete(Tuple row, Tuple old) {
    int length = row.length();
    for (int i = 0; i < row.size(); i++) {
      if (isTaken(row, old, i)) {
        length += 4 + old.valueLength(i);
      }
    }
    if (length == row.length()) {
      return row;
    }
    byte[] bytes = new byte[length];
    System.arraycopy(row.array(), row.offset(), bytes, 0, 2);
    int at = 2;
    for (int i = 0; i < row.size(); i++) {
      at = isTaken(row, old, i) ? copy(old, i, bytes, at) : copy(row, i, bytes, at);
    }
    return new Tuple(bytes, 0, length, Tuple.Layout.PGOUTPUT);
  }

  private static boolean isTaken(Tuple row, Tuple old, int column) {
    return row.isUnchanged(column) && old.valueLength(column) >= 0;
  }

  /** Copies a column with its kind and its length. */
  private static int copy(Tuple from, int column, byte[] to, int at) {
    if (from.valueLength(column) < 0) {
      to[at] = (byte) (from.isNull(column) ? 'n' : 'u');
      return at + 1;
    }
    int size = 5 + from.valueLength(column);
    System.arraycopy(from.array(), from.valueOffset(column) - 5, to, at, size);
    return at + size;
  }
}
