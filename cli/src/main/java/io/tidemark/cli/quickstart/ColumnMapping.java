package io.tidemark.cli.quickstart;

import io.tidemark.postgres.Column;
import io.tidemark.postgres.TableSchema;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What becomes of a row's image when its table gets other columns. Values of a type that becomes
 * another one are not known any more, unless it is an int that becomes a bigint or a text that
 * stays one: a dump reads them again.
 */
final class ColumnMapping {
  private static final int INT4 = 23;
  private static final int INT8 = 20;

  private final int formerColumns;
  private final List<Source> sources = new ArrayList<>();

  /**
   * Where a column's value is from.
   *
   * @param column the former column, or -1 if its values are not of one
   * @param widened whether it was an int4 and is an int8
   * @param value in an image, what all rows have if their values are not of a former column
   */
  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  private record Source(int column, boolean widened, byte[] value) {}

  /**
   * @param missing by its number, what all rows of the former columns have in an added column, as
   *     text; null where it is not in here
   */
  ColumnMapping(TableSchema former, TableSchema next, Map<Integer, String> missing) {
    this.formerColumns = former.columns().size();
    for (Column column : next.columns()) {
      Optional<Column> same = former.find(column);
      sources.add(
          same.isPresent()
              ? kept(former.columns().indexOf(same.get()), same.get(), column)
              : new Source(-1, false, TextValue.column(column, missing.get(column.number()))));
    }
  }

  private static Source kept(int place, Column was, Column is) {
    boolean widened = was.type().oid() == INT4 && is.type().oid() == INT8;
    boolean alike = was.type().equals(is.type()) || (TextValue.isText(was) && TextValue.isText(is));
    return widened || alike
        ? new Source(place, widened, null)
        : new Source(-1, false, RowImage.unknownColumn());
  }

  /** The image of a row under the next columns. */
  byte[] map(byte[] image) {
    int[] places = RowImage.places(image, formerColumns);
    List<byte[]> columns = new ArrayList<>(sources.size());
    int length = RowImage.VALUES;
    for (Source source : sources) {
      byte[] column = column(image, places, source);
      columns.add(column);
      length += column.length;
    }
    ByteBuffer mapped = ByteBuffer.allocate(length).put(image, 0, RowImage.VALUES);
    columns.forEach(mapped::put);
    return mapped.array();
  }

  private static byte[] column(byte[] image, int[] places, Source source) {
    if (source.column < 0) {
      return source.value;
    }
    int at = places[source.column];
    byte[] value = source.widened ? RowImage.valueAt(image, at) : null;
    return value == null
        ? Arrays.copyOfRange(image, at, at + RowImage.lengthAt(image, at))
        : RowImage.column(
            ByteBuffer.allocate(Long.BYTES).putLong(ByteBuffer.wrap(value).getInt()).array());
  }
}
