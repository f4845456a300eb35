package io.tidemark.postgres;

import java.util.Arrays;

/**
 * One row in PostgreSQL's own bytes, as they came from the socket. The bytes are shared, never
 * copied and never written to; where a column lies is found out when the first one is asked for.
 *
 * <p>Two layouts exist. {@link Layout#PGOUTPUT}: a 16-bit column count, then for each column a kind
 * byte ({@code n} null, {@code u} unchanged TOAST, {@code t} text, {@code b} binary) and, for the
 * last two, a 32-bit length and the value. {@link Layout#COPY}: a 16-bit column count, then for
 * each column a 32-bit length (-1 is null) and the value in binary.
 *
 * <p>Not thread-safe while a column's place is first looked for; reading it from several threads is
 * harmless, as all compute the same.
 */
public final class Tuple {
  /** How the columns are framed. */
  public enum Layout {
    PGOUTPUT,
    COPY
  }

  private static final int NULL = -1;
  private static final int UNCHANGED = -2;

  private final byte[] bytes;
  private final int offset;
  private final int length;
  private final Layout layout;

  /**
   * For each column: the value's offset, and its length or NULL or UNCHANGED. Made on first use.
   */
  private int[] index;

  /**
   * Wraps bytes that hold one tuple, from its column count to its last value.
   *
   * @throws IllegalArgumentException if the range is outside the array or too short for a count
   */
  public Tuple(byte[] bytes, int offset, int length, Layout layout) {
    if (offset < 0 || length < 2 || offset > bytes.length - length) {
      throw new IllegalArgumentException(
          "tuple at " + offset + ", " + length + " bytes long, in " + bytes.length + " bytes");
    }
    this.bytes = bytes;
    this.offset = offset;
    this.length = length;
    this.layout = layout;
  }

  /** How many columns it has. */
  public int size() {
    return (bytes[offset] & 0xFF) << 8 | (bytes[offset + 1] & 0xFF);
  }

  /** Whether the column is SQL NULL. */
  public boolean isNull(int column) {
    return index()[2 * column + 1] == NULL;
  }

  /** Whether the column is a TOAST value that the change left as it was, and so was not sent. */
  public boolean isUnchanged(int column) {
    return index()[2 * column + 1] == UNCHANGED;
  }

  /** Whether any column is unchanged, in the sense of {@link #isUnchanged}. */
  public boolean isPartial() {
    if (layout == Layout.COPY) {
      return false;
    }
    // Asked of every insert: without an index, which most of them never need.
    int at = offset + 2;
    for (int i = size(); i > 0; i--) {
      byte kind = bytes[at++];
      if (kind == 'u') {
        return true;
      }
      if (kind != 'n') {
        at += 4 + int32(at);
      }
    }
    return false;
  }

  /**
   * Whether the value was sent as text instead of binary. In the COPY layout a value is text if its
   * type has no binary form, which {@link PgType#binary} knows: see {@link #isText(int, PgType)}.
   */
  private boolean isMarkedText(int column) {
    return layout == Layout.PGOUTPUT
        && valueLength(column) >= 0
        && bytes[index()[2 * column] - 5] == 't';
  }

  /** Whether the column's value, of this type, is PostgreSQL's text instead of its binary form. */
  public boolean isText(int column, PgType type) {
    return layout == Layout.COPY ? !type.binary() : isMarkedText(column);
  }

  /** Where in {@link #array} the column's value starts; meaningless if it has none. */
  public int valueOffset(int column) {
    return index()[2 * column];
  }

  /** The value's length in bytes; negative if it is null or unchanged. */
  public int valueLength(int column) {
    return index()[2 * column + 1];
  }

  /** A copy of the value's bytes; null if it is null or unchanged. */
  public byte[] value(int column) {
    int valueLength = valueLength(column);
    int start = valueOffset(column);
    return valueLength < 0 ? null : Arrays.copyOfRange(bytes, start, start + valueLength);
  }

  /** The array that the tuple lies in, shared. */
  public byte[] array() {
    return bytes;
  }

  /** Where in {@link #array} the tuple starts. */
  public int offset() {
    return offset;
  }

  /** The tuple's length in bytes, from its column count to its last value. */
  public int length() {
    return length;
  }

  public Layout layout() {
    return layout;
  }

  /** Bytes of memory that keeping this alive takes, roughly. */
  public int memorySize() {
    return 64 + length;
  }

  private int[] index() {
    int[] places = index;
    if (places == null) {
      places = layout == Layout.PGOUTPUT ? indexPgoutput() : indexCopy();
      index = places;
    }
    return places;
  }

  private int[] indexPgoutput() {
    int columns = size();
    int[] places = new int[2 * columns];
    int at = offset + 2;
    for (int i = 0; i < columns; i++) {
      switch (bytes[at++]) {
        case 'n' -> places[2 * i + 1] = NULL;
        case 'u' -> places[2 * i + 1] = UNCHANGED;
        default -> {
          int valueLength = int32(at);
          places[2 * i] = at + 4;
          places[2 * i + 1] = valueLength;
          at += 4 + valueLength;
        }
      }
    }
    return places;
  }

  private int[] indexCopy() {
    int columns = size();
    int[] places = new int[2 * columns];
    int at = offset + 2;
    for (int i = 0; i < columns; i++) {
      int valueLength = int32(at);
      places[2 * i] = at + 4;
      places[2 * i + 1] = valueLength;
      at += 4 + Math.max(valueLength, 0);
    }
    return places;
  }

  private int int32(int at) {
    return bytes[at] << 24
        | (bytes[at + 1] & 0xFF) << 16
        | (bytes[at + 2] & 0xFF) << 8
        | (bytes[at + 3] & 0xFF);
  }

  /** Equal bytes in the same layout. */
  @Override
  public boolean equals(Object o) {
    return o instanceof Tuple other
        && layout == other.layout
        && Arrays.equals(
            bytes, offset, offset + length, other.bytes, other.offset, other.offset + other.length);
  }

  @Override
  public int hashCode() {
    int hash = 0;
    for (int i = offset; i < offset + length; i++) {
      hash = 31 * hash + bytes[i];
    }
    return hash;
  }

  /** Its shape alone: row data does not belong in logs. */
  @Override
  public String toString() {
    return "Tuple[" + size() + " columns, " + length + " bytes, " + layout + "]";
  }
}
