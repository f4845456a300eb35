package io.tidemark.postgres;

/** Gives rows the TOAST values that a change left as they were, and so did not send. */
public final class TupleCompletion {
  private TupleCompletion() {}

  /**
   * The row with each of its unchanged columns taken from another image of it, where that has a
   * value. A null is not taken: TOAST is never null, but an old key is in all columns beside the
   * key.
   *
   * @param other an image of the same row, in either layout: an earlier one, an old key, or what a
   *     dump read
   * @return the row itself if nothing is taken; else one in {@link Tuple.Layout#PGOUTPUT}, in an
   *     array of its own
   * @throws IllegalStateException if a tuple has not as many columns as the schema
   * @throws MalformedTupleException if a tuple that was not checked is none
   */
  public static Tuple complete(TableSchema schema, Tuple row, Tuple other) {
    row.requireColumns(schema);
    other.requireColumns(schema);
    int taken = row.isPartial() ? bytesTaken(row, other) : 0;
    if (taken == 0) {
      return row;
    }
    byte[] bytes = new byte[row.length() + taken];
    int from = row.offset();
    int at = 0;
    boolean partial = false;
    for (int i = 0; i < row.size(); i++) {
      if (!row.isUnchanged(i)) {
        continue;
      }
      int length = other.valueLength(i);
      if (length < 0) {
        partial = true;
        continue;
      }
      // All before the column's kind, which is all that there is of it, is copied as it is.
      int kind = row.valueOffset(i) - 1;
      System.arraycopy(row.array(), from, bytes, at, kind - from);
      at += kind - from;
      from = kind + 1;
      boolean text = other.isText(i, schema.columns().get(i).type());
      bytes[at++] = text ? TupleFrame.TEXT : TupleFrame.BINARY;
      // In both layouts the length comes right before the value.
      int framed = TupleFrame.LENGTH_BYTES + length;
      int start = other.valueOffset(i) - TupleFrame.LENGTH_BYTES;
      System.arraycopy(other.array(), start, bytes, at, framed);
      at += framed;
    }
    System.arraycopy(row.array(), from, bytes, at, bytes.length - at);
    return Tuple.sent(bytes, partial);
  }

  /** By how much the row grows: a value has a length, what is unchanged only a kind. */
  private static int bytesTaken(Tuple row, Tuple other) {
    int taken = 0;
    for (int i = 0; i < row.size(); i++) {
      if (row.isUnchanged(i) && other.valueLength(i) >= 0) {
        taken += TupleFrame.LENGTH_BYTES + other.valueLength(i);
      }
    }
    return taken;
  }
}
