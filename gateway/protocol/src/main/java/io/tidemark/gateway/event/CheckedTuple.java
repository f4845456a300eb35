package io.tidemark.gateway.event;

import io.tidemark.postgres.Tuple;

/** Makes a tuple of bytes from outside, whose frame {@link Tuple} takes for granted. */
final class CheckedTuple {
  private CheckedTuple() {}

  /**
   * The tuple that the bytes are.
   *
   * @throws IllegalArgumentException if they are not exactly one of so many columns
   */
  static Tuple of(byte[] bytes, Tuple.Layout layout, int columns) {
    if (bytes.length < 2) {
      throw new IllegalArgumentException("a row of " + bytes.length + " bytes");
    }
    int count = (bytes[0] & 0xFF) << 8 | (bytes[1] & 0xFF);
    if (count != columns) {
      throw new IllegalArgumentException(
          "a row of " + count + " columns, where the table has " + columns);
    }
    int at = 2;
    for (int i = 1; i <= columns; i++) {
      at = layout == Tuple.Layout.COPY ? afterCopied(bytes, at, i) : afterSent(bytes, at, i);
    }
    if (at != bytes.length) {
      throw new IllegalArgumentException((bytes.length - at) + " bytes after the row");
    }
    return new Tuple(bytes, 0, bytes.length, layout);
  }

  private static int afterSent(byte[] bytes, int at, int column) {
    if (at >= bytes.length) {
      throw new IllegalArgumentException("the row ends before column " + column);
    }
    return switch (bytes[at]) {
      case 'n', 'u' -> at + 1;
      case 't', 'b' -> {
        int length = length(bytes, at + 1, column);
        if (length < 0) {
          throw new IllegalArgumentException("column " + column + " of " + length + " bytes");
        }
        yield at + 5 + length;
      }
      default ->
          throw new IllegalArgumentException(
              "column %d is of an unknown kind, %d".formatted(column, bytes[at]));
    };
  }

  private static int afterCopied(byte[] bytes, int at, int column) {
    return at + 4 + Math.max(length(bytes, at, column), 0);
  }

  /** The length that begins here, if the bytes have as much, or -1. */
  private static int length(byte[] bytes, int at, int column) {
    if (bytes.length - at < 4) {
      throw new IllegalArgumentException("the row ends before the length of column " + column);
    }
    int length =
        bytes[at] << 24
            | (bytes[at + 1] & 0xFF) << 16
            | (bytes[at + 2] & 0xFF) << 8
            | (bytes[at + 3] & 0xFF);
    if (length < -1 || length > bytes.length - at - 4) {
      throw new IllegalArgumentException(
          "column %d claims %d bytes of %d".formatted(column, length, bytes.length - at - 4));
    }
    return length;
  }
}
