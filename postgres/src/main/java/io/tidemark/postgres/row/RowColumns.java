package io.tidemark.postgres.row;

import io.tidemark.postgres.Column;
import io.tidemark.postgres.PgType;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.types.MalformedValueException;
import io.tidemark.postgres.types.Values;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.stream.Collectors;

/** Finds a changed row's columns by name, in the tuple that has them. */
final class RowColumns {
  private RowColumns() {}

  static int ordinal(ChangedRow row, String column) {
    TableSchema schema = row.schema();
    int ordinal = schema.ordinal(column);
    if (ordinal < 0) {
      throw new IllegalArgumentException(
          "table %s has no published column '%s'; it has %s"
              .formatted(
                  schema.name(),
                  column,
                  schema.columns().stream().map(Column::name).collect(Collectors.joining(", "))));
    }
    return ordinal;
  }

  /** The tuple that has a column of the new row. */
  static Tuple newRow(ChangedRow row, String column) {
    int ordinal = ordinal(row, column);
    if (row.newTuple() == null) {
      throw new IllegalStateException(
          row + " has no new row for column '" + column + "'; ask for its old one");
    }
    Tuple tuple = newRowOrNull(row, ordinal);
    if (tuple == null) {
      throw new IllegalStateException(
          row
              + " does not have column '"
              + column
              + "': it is a TOAST value that was left unchanged; ask isUnchanged first");
    }
    return tuple;
  }

  static Tuple newRowOrNull(ChangedRow row, int ordinal) {
    return !row.newTuple().isUnchanged(ordinal)
        ? row.newTuple()
        : isUnknown(row, ordinal) ? null : row.oldTuple();
  }

  /** Whether a column of the new row is neither in it nor, unchanged, in an old tuple. */
  static boolean isUnknown(ChangedRow row, int ordinal) {
    return row.newTuple().isUnchanged(ordinal)
        && (row.oldTuple() == null || row.oldTuple().valueLength(ordinal) < 0);
  }

  /** The tuple that has a column of the old row. */
  static Tuple oldRow(ChangedRow row, String column) {
    Tuple tuple = oldRowOrNull(row, ordinal(row, column));
    if (tuple == null) {
      throw new IllegalStateException(
          row
              + " does not have the old value of column '"
              + column
              + "': PostgreSQL sends it for the key's columns or under REPLICA IDENTITY FULL");
    }
    return tuple;
  }

  static Tuple oldRowOrNull(ChangedRow row, int ordinal) {
    Tuple old = row.oldTuple();
    if (old != null) {
      boolean known = row.oldTupleIsFull() || row.schema().isKey(ordinal) || !old.isNull(ordinal);
      return known && !old.isUnchanged(ordinal) ? old : null;
    }
    // Without an old key the key is the new one.
    boolean keptKey = row.isUpdate() && row.schema().isKey(ordinal);
    return keptKey && !isUnknown(row, ordinal) ? row.newTuple() : null;
  }

  static Object decode(ChangedRow row, Tuple tuple, String column) {
    return decode(row, tuple, ordinal(row, column));
  }

  static Object decode(ChangedRow row, Tuple tuple, int ordinal) {
    try {
      return Values.decode(tuple, ordinal, type(row, ordinal));
    } catch (MalformedValueException e) {
      throw e.in("column " + row.schema().columns().get(ordinal).name() + " of " + row);
    }
  }

  static PgType type(ChangedRow row, int ordinal) {
    return row.schema().columns().get(ordinal).type();
  }

  static <T> T as(ChangedRow row, String column, Class<T> wanted) {
    Object value = row.get(column);
    if (value == null || wanted.isInstance(value)) {
      return wanted.cast(value);
    }
    throw mismatch(row, column, value, wanted);
  }

  static Long asLong(ChangedRow row, String column) {
    Object value = row.get(column);
    if (value == null || isInteger(value)) {
      return value == null ? null : (Long) ((Number) value).longValue();
    }
    throw mismatch(row, column, value, Long.class);
  }

  static Double asDouble(ChangedRow row, String column) {
    Object value = row.get(column);
    if (value == null || isInteger(value) || value instanceof Double || value instanceof Float) {
      return value == null ? null : (Double) ((Number) value).doubleValue();
    }
    throw mismatch(row, column, value, Double.class);
  }

  static BigDecimal asBigDecimal(ChangedRow row, String column) {
    Object value = row.get(column);
    if (value == null || value instanceof BigDecimal) {
      return (BigDecimal) value;
    }
    if (value instanceof BigInteger integer) {
      return new BigDecimal(integer);
    }
    if (isInteger(value)) {
      return BigDecimal.valueOf(((Number) value).longValue());
    }
    throw mismatch(row, column, value, BigDecimal.class);
  }

  private static boolean isInteger(Object value) {
    return value instanceof Long || value instanceof Integer || value instanceof Short;
  }

  private static IllegalArgumentException mismatch(
      ChangedRow row, String column, Object value, Class<?> wanted) {
    return new IllegalArgumentException(
        "column '%s' of table %s, of type %s, has a %s here, not a %s"
            .formatted(
                column,
                row.schema().name(),
                type(row, ordinal(row, column)).name(),
                value.getClass().getSimpleName(),
                wanted.getSimpleName()));
  }
}
