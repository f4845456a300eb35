package io.tidemark.source.merge;

import io.tidemark.postgres.Column;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.change.RowChange;
import java.util.Arrays;
import java.util.List;

/** Puts row images together where one lacks unchanged TOAST columns. */
final class Images {
  private Images() {}

  /** The change's new image, completed from the whole old row if that came with it. */
  static Tuple newest(RowChange change) {
    Tuple image = change.newTuple();
    return change.oldTupleIsFull() && change.oldTuple() != null && image.isPartial()
        ? fill(change.schema(), image, change.oldTuple())
        : image;
  }

  /** The same tuple in an array of its own, so that keeping it keeps nothing else. */
  static Tuple compact(Tuple tuple) {
    if (tuple.length() == tuple.array().length) {
      return tuple;
    }
    byte[] own = Arrays.copyOfRange(tuple.array(), tuple.offset(), tuple.offset() + tuple.length());
    return new Tuple(own, 0, own.length, tuple.layout());
  }

  /**
   * The newer image with its unchanged columns taken from the older one, in the PGOUTPUT layout.
   * What is unchanged in both stays so.
   *
   * @throws IllegalStateException if one of them does not fit the schema
   */
  static Tuple fill(TableSchema schema, Tuple newer, Tuple older) {
    List<Column> columns = schema.columns();
    checkSize(schema, newer);
    checkSize(schema, older);
    int size = 2;
    for (int i = 0; i < columns.size(); i++) {
      int length = (newer.isUnchanged(i) ? older : newer).valueLength(i);
      size += length < 0 ? 1 : 5 + length;
    }
    byte[] filled = new byte[size];
    filled[0] = (byte) (columns.size() >> 8);
    filled[1] = (byte) columns.size();
    int at = 2;
    for (int i = 0; i < columns.size(); i++) {
      at = put(filled, at, newer.isUnchanged(i) ? older : newer, i, columns.get(i));
    }
    return new Tuple(filled, 0, size, Tuple.Layout.PGOUTPUT);
  }

  private static int put(byte[] to, int at, Tuple from, int i, Column column) {
    int length = from.valueLength(i);
    if (length < 0) {
      to[at] = (byte) (from.isUnchanged(i) ? 'u' : 'n');
      return at + 1;
    }
    to[at] = (byte) (from.isText(i, column.type()) ? 't' : 'b');
    to[at + 1] = (byte) (length >> 24);
    to[at + 2] = (byte) (length >> 16);
    to[at + 3] = (byte) (length >> 8);
    to[at + 4] = (byte) length;
    System.arraycopy(from.array(), from.valueOffset(i), to, at + 5, length);
    return at + 5 + length;
  }

  private static void checkSize(TableSchema schema, Tuple tuple) {
    if (tuple.size() != schema.columns().size()) {
      throw new IllegalStateException(
          "a row of " + schema + " has " + tuple.size() + " columns: it is of another schema");
    }
  }
}
