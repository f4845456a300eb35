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
 * <p>{@link #of} and {@link #at} check the framing at once, as bytes from outside need. The
 * constructor does not look at it: it is checked when a column is first asked for, so that a row
 * which is only passed on costs nothing.
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

  /** The layout, and whether a column is unchanged, in the one byte that costs no memory. */
  private static final byte COPIED = 0;

  private static final byte SENT = 1;
  private static final byte SENT_WHOLE = 2;
  private static final byte SENT_PARTIAL = 3;

  private final byte[] bytes;
  private final int offset;
  private final int length;

  /** {@link #SENT} until it is known which of the two it is. */
  private byte form;

  /** The place of each column, as {@link TupleFrame} notes it. Made on first use. */
  private int[] index;

  /**
   * Wraps bytes that hold one tuple, from its column count to its last value. Its framing is
   * checked only when a column is asked for: the methods that do throw {@link
   * MalformedTupleException} then.
   *
   * @throws IllegalArgumentException if the range is outside the array or too short for a count
   */
  public Tuple(byte[] bytes, int offset, int length, Layout layout) {
    this(bytes, offset, length, layout == Layout.COPY ? COPIED : SENT);
  }

  private Tuple(byte[] bytes, int offset, int length, byte form) {
    if (offset < 0 || length < TupleFrame.COUNT_BYTES || offset > bytes.length - length) {
      throw new IllegalArgumentException(
          "tuple at " + offset + ", " + length + " bytes long, in " + bytes.length + " bytes");
    }
    this.bytes = bytes;
    this.offset = offset;
    this.length = length;
    this.form = form;
  }

  /**
   * The tuple that starts at an index, checked to its last column.
   *
   * @param bytes reach to the tuple's end or beyond
   * @param columns how many it must have
   * @throws MalformedTupleException if there is no such tuple
   */
  public static Tuple at(byte[] bytes, int offset, Layout layout, int columns) {
    TupleFrame.requireCount(bytes, offset, columns);
    int start = offset + TupleFrame.COUNT_BYTES;
    if (layout == Layout.COPY) {
      int end = TupleFrame.copied(bytes, start, columns, null);
      return new Tuple(bytes, offset, end - offset, COPIED);
    }
    int end = TupleFrame.sent(bytes, start, columns, null);
    return end < 0
        ? new Tuple(bytes, offset, ~end - offset, SENT_PARTIAL)
        : new Tuple(bytes, offset, end - offset, SENT_WHOLE);
  }

  /**
   * The tuple that an array is, checked from its first byte to its last.
   *
   * @param columns how many it must have
   * @throws MalformedTupleException if it is not exactly one such tuple
   */
  public static Tuple of(byte[] bytes, Layout layout, int columns) {
    Tuple tuple = at(bytes, 0, layout, columns);
    tuple.requireLength(tuple.length, bytes.length);
    return tuple;
  }

  /** What {@link TupleCompletion} makes: the whole array, in the layout of pgoutput. */
  static Tuple sent(byte[] bytes, boolean partial) {
    return new Tuple(bytes, 0, bytes.length, partial ? SENT_PARTIAL : SENT_WHOLE);
  }

  private void requireLength(int found, int expected) {
    if (found != expected) {
      throw new MalformedTupleException(
          offset + Math.min(found, expected),
          "the row's columns end at byte " + found + " of " + expected);
    }
  }

  /** How many columns it has. */
  public int size() {
    return TupleFrame.count(bytes, offset);
  }

  /**
   * Refuses a tuple of another table.
   *
   * @throws IllegalStateException if it has not as many columns as the schema
   */
  void requireColumns(TableSchema schema) {
    if (size() != schema.columns().size()) {
      throw new IllegalStateException(
          "a row of " + schema + " has " + size() + " columns: it is of another schema");
    }
  }

  /** Whether the column is SQL NULL. */
  public boolean isNull(int column) {
    return index()[2 * column + 1] == TupleFrame.NULL;
  }

  /** Whether the column is a TOAST value that the change left as it was, and so was not sent. */
  public boolean isUnchanged(int column) {
    return index()[2 * column + 1] == TupleFrame.UNCHANGED;
  }

  /** Whether any column is unchanged, in the sense of {@link #isUnchanged}. */
  public boolean isPartial() {
    if (form == SENT) {
      // Without an index, which most rows that are asked never need.
      note(walk(null) < 0);
    }
    return form == SENT_PARTIAL;
  }

  /**
   * Whether the value was sent as text instead of binary. In the COPY layout a value is text if its
   * type has no binary form, which {@link PgType#binary} knows: see {@link #isText(int, PgType)}.
   */
  private boolean isMarkedText(int column) {
    return form != COPIED
        && valueLength(column) >= 0
        && bytes[valueOffset(column) - TupleFrame.HEAD_BYTES] == TupleFrame.TEXT;
  }

  /** Whether the column's value, of this type, is PostgreSQL's text instead of its binary form. */
  public boolean isText(int column, PgType type) {
    return form == COPIED ? !type.binary() : isMarkedText(column);
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
    return form == COPIED ? Layout.COPY : Layout.PGOUTPUT;
  }

  /** Bytes of memory that keeping this alive takes, roughly. */
  public int memorySize() {
    return 64 + length;
  }

  /** The same tuple in an array that has nothing else, so that keeping it keeps nothing else. */
  public Tuple compact() {
    return length == bytes.length
        ? this
        : new Tuple(Arrays.copyOfRange(bytes, offset, offset + length), 0, length, form);
  }

  private int[] index() {
    int[] places = index;
    if (places == null) {
      places = new int[2 * size()];
      int end = walk(places);
      if (form == SENT) {
        note(end < 0);
      }
      index = places;
    }
    return places;
  }

  /** Over all columns; negative if one is unchanged. */
  private int walk(int[] places) {
    int start = offset + TupleFrame.COUNT_BYTES;
    int end =
        form == COPIED
            ? TupleFrame.copied(bytes, start, size(), places)
            : TupleFrame.sent(bytes, start, size(), places);
    requireLength((end < 0 ? ~end : end) - offset, length);
    return end;
  }

  private void note(boolean partial) {
    form = partial ? SENT_PARTIAL : SENT_WHOLE;
  }

  /** Equal bytes in the same layout. */
  @Override
  public boolean equals(Object o) {
    return o instanceof Tuple other
        && layout() == other.layout()
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
    return "Tuple[" + size() + " columns, " + length + " bytes, " + layout() + "]";
  }
}
