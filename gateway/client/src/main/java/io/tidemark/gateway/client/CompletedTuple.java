package io.tidemark.gateway.client;

import io.tidemark.postgres.PgType;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.Tuple.Layout;
import io.tidemark.postgres.change.RowChange;
import java.io.ByteArrayOutputStream;

/** A row that was updated, completed by what is known of it from before. */
final class CompletedTuple {
  private CompletedTuple() {}

  /**
   * The new row of an update; columns that it left unchanged are those of the change before, if
   * that knows them.
   *
   * @param earlier the row's change before, which is no deletion
   */
  static Tuple of(RowChange update, RowChange earlier) {
    Tuple row = update.newTuple();
    if (!row.isPartial()) {
      return row;
    }
    int columns = row.size();
    ByteArrayOutputStream out =
        new ByteArrayOutputStream(row.length() + earlier.newTuple().length());
    out.write(columns >> 8);
    out.write(columns);
    for (int i = 0; i < columns; i++) {
      Tuple known = known(update, i);
      if (known == null) {
        known = known(earlier, i);
      }
      if (known == null) {
        out.write('u');
      } else if (known.isNull(i)) {
        out.write('n');
      } else {
        write(known, i, update.schema().columns().get(i).type(), out);
      }
    }
    return new Tuple(out.toByteArray(), 0, out.size(), Layout.PGOUTPUT);
  }

  /** The image that has the column as it is after the change, or null. */
  private static Tuple known(RowChange change, int column) {
    if (!change.newTuple().isUnchanged(column)) {
      return change.newTuple();
    }
    Tuple old = change.oldTuple();
    return old != null && old.valueLength(column) >= 0 ? old : null;
  }

  private static void write(Tuple from, int column, PgType type, ByteArrayOutputStream out) {
    int length = from.valueLength(column);
    out.write(from.isText(column, type) ? 't' : 'b');
    out.write(length >> 24);
    out.write(length >> 16);
    out.write(length >> 8);
    out.write(length);
    out.write(from.array(), from.valueOffset(column), length);
  }
}
