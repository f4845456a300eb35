package io.tidemark.postgres.row;

import com.fasterxml.jackson.core.JsonGenerator;
import io.tidemark.postgres.Column;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.Tuple;
import java.io.IOException;

/**
 * Writes rows as JSON.
 *
 * <p>{@code key} is left out where the whole row is the key, {@code new} and {@code old} where
 * there is no such row, {@code unchanged}, the names of columns that were not sent, where it would
 * be empty; {@code old} has the columns that PostgreSQL sent.
 *
 * <p>Values: integers, numeric, money, real and double precision are numbers with all their digits,
 * but NaN, Infinity and -Infinity are strings of that name. json and jsonb are embedded as they
 * are. bytea and types not known are {@code "\\x"} and hexadecimal digits. Dates and times are ISO
 * 8601, years before Christ as {@code -0043} (44 BC; 1 BC is 0000), from 10000 on with a plus;
 * {@code "infinity"}, {@code "-infinity"} and {@code "24:00:00"} are PostgreSQL's. Intervals are
 * ISO 8601, {@code "P1Y2M3DT4H5M6.789S"}. Arrays and multiranges are arrays, composite values
 * arrays of their fields, hstores objects. A range is {@code {"empty":true}} or {@code
 * {"lower":1,"upper":10,"bounds":"[)"}}, null being no bound. All else is PostgreSQL's text.
 */
public final class RowJson {
  private RowJson() {}

  /**
   * Writes the fields {@code key}, {@code new}, {@code old} and {@code unchanged} into the object
   * that is open: see the class comment.
   *
   * @throws io.tidemark.postgres.types.MalformedValueException if a value is none of its type
   */
  public static void write(JsonGenerator json, ChangedRow row) throws IOException {
    TableSchema schema = row.schema();
    if (schema.hasKey()) {
      json.writeObjectFieldStart("key");
      for (int i = 0; i < schema.keySize(); i++) {
        int ordinal = schema.keyColumn(i);
        column(
            json, row, ordinal, row.newTuple() == null ? old(row, ordinal) : fresh(row, ordinal));
      }
      json.writeEndObject();
    }
    if (row.newTuple() != null) {
      json.writeObjectFieldStart("new");
      for (int i = 0; i < schema.columns().size(); i++) {
        column(json, row, i, fresh(row, i));
      }
      json.writeEndObject();
    }
    if (row.oldTuple() != null) {
      json.writeObjectFieldStart("old");
      for (int i = 0; i < schema.columns().size(); i++) {
        column(json, row, i, old(row, i));
      }
      json.writeEndObject();
    }
    unchanged(json, row);
  }

  private static void unchanged(JsonGenerator json, ChangedRow row) throws IOException {
    if (row.newTuple() == null || !row.newTuple().isPartial()) {
      return;
    }
    boolean any = false;
    for (int i = 0; i < row.schema().columns().size(); i++) {
      if (RowColumns.isUnknown(row, i)) {
        if (!any) {
          json.writeArrayFieldStart("unchanged");
          any = true;
        }
        json.writeString(row.schema().columns().get(i).name());
      }
    }
    if (any) {
      json.writeEndArray();
    }
  }

  private static Tuple fresh(ChangedRow row, int ordinal) {
    return RowColumns.newRowOrNull(row, ordinal);
  }

  private static Tuple old(ChangedRow row, int ordinal) {
    return RowColumns.oldRowOrNull(row, ordinal);
  }

  /** A column from this tuple; nothing if it is in none. */
  private static void column(JsonGenerator json, ChangedRow row, int ordinal, Tuple tuple)
      throws IOException {
    if (tuple != null) {
      Column column = row.schema().columns().get(ordinal);
      json.writeFieldName(column.name());
      JsonValues.write(json, RowColumns.decode(row, tuple, ordinal), column.type());
    }
  }
}
