package io.tidemark.source.change;

import io.tidemark.dump.postgres.Column;
import io.tidemark.dump.postgres.PgType;
import io.tidemark.dump.postgres.TableSchema;
import io.tidemark.dump.postgres.Tuple;
import io.tidemark.dump.types.MalformedValueException;
import io.tidemark.dump.types.Values;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.stream.Collectors;

/** Finds a row change's columns by name, in the tuple that has them. */
final class RowColumns {
  private RowColumns() {}

  static int ordinal(RowChange change, String column) {
    TableSchema schema = change.schema();
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
  static Tuple newRow(RowChange change, String column) {
    int ordinal = ordinal(change, column);
    if (change.newTuple() == null) {
      throw new IllegalStateException(
          change + " has no new row for column '" + column + "'; ask for its old one");
    }
    Tuple row = newRowOrNull(change, ordinal);
    if (row == null) {
      throw new IllegalStateException(
          change
              + " does not have column '"
              + column
              + "': it is a TOAST value that was left unchanged; ask isUnchanged first");
    }
    return row;
  }

  static Tuple newRowOrNull(RowChange change, int ordinal) {
    return !change.newTuple().isUnchanged(ordinal)
        ? change.newTuple()
        : isUnknown(change, ordinal) ? null : change.oldTuple();
  }

  /** Whether a column of the new row is neither in it nor, unchanged, in an old tuple. */
  static boolean isUnknown(RowChange change, int ordinal) {
    return change.newTuple().isUnchanged(ordinal)
        && (change.oldTuple() == null || change.oldTuple().valueLength(ordinal) < 0);
  }

  /** The tuple that has a column of the old row. */
  static Tuple oldRow(RowChange change, String column) {
    Tuple row = oldRowOrNull(change, ordinal(change, column));
    if (row == null) {
      throw new IllegalStateException(
          change
              + " does not have the old value of column '"
              + column
              + "': PostgreSQL sends it for the key's columns or under REPLICA IDENTITY FULL");
    }
    return row;
  }

  static Tuple oldRowOrNull(RowChange change, int ordinal) {
    Tuple old = change.oldTuple();
    if (old != null) {
      boolean known =
          change.oldTupleIsFull() || change.schema().isKey(ordinal) || !old.isNull(ordinal);
      return known && !old.isUnchanged(ordinal) ? old : null;
    }
    // Without an old key the key is the new one.
    boolean keptKey = change.op() == Op.UPDATE && change.schema().isKey(ordinal);
    return keptKey && !isUnknown(change, ordinal) ? change.newTuple() : null;
  }

  static Object decode(RowChange change, Tuple row, String column) {
    return decode(change, row, ordinal(change, column));
  }

  static Object decode(RowChange change, Tuple row, int ordinal) {
    try {
      return Values.decode(row, ordinal, type(change, ordinal));
    } catch (MalformedValueException e) {
      throw e.in("column " + change.schema().columns().get(ordinal).name() + " of " + change);
    }
  }

  static PgType type(RowChange change, int ordinal) {
    return change.schema().columns().get(ordinal).type();
  }

  static <T> T as(RowChange change, String column, Class<T> wanted) {
    Object value = change.get(column);
    if (value == null || wanted.isInstance(value)) {
      return wanted.cast(value);
    }
    throw mismatch(change, column, value, wanted);
  }

  static Long asLong(RowChange change, String column) {
    Object value = change.get(column);
    if (value == null || isInteger(value)) {
      return value == null ? null : (Long) ((Number) value).longValue();
    }
    throw mismatch(change, column, value, Long.class);
  }

  static Double asDouble(RowChange change, String column) {
    Object value = change.get(column);
    if (value == null || isInteger(value) || value instanceof Double || value instanceof Float) {
      return value == null ? null : (Double) ((Number) value).doubleValue();
    }
    throw mismatch(change, column, value, Double.class);
  }

  static BigDecimal asBigDecimal(RowChange change, String column) {
    Object value = change.get(column);
    if (value == null || value instanceof BigDecimal) {
      return (BigDecimal) value;
    }
    if (value instanceof BigInteger integer) {
      return new BigDecimal(integer);
    }
    if (isInteger(value)) {
      return BigDecimal.valueOf(((Number) value).longValue());
    }
    throw mismatch(change, column, value, BigDecimal.class);
  }

  private static boolean isInteger(Object value) {
    return value instanceof Long || value instanceof Integer || value instanceof Short;
  }

  private static IllegalArgumentException mismatch(
      RowChange change, String column, Object value, Class<?> wanted) {
    return new IllegalArgumentException(
        "column '%s' of table %s, of type %s, has a %s here, not a %s"
            .formatted(
                column,
                change.schema().name(),
                type(change, ordinal(change, column)).name(),
                value.getClass().getSimpleName(),
                wanted.getSimpleName()));
  }
}
