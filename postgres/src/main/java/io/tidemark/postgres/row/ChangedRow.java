package io.tidemark.postgres.row;

import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.Tuple;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.UUID;

/**
 * A row that was read, inserted, updated or deleted, with access to its columns by name.
 *
 * <p>{@link #newTuple} is null for a delete. {@link #oldTuple} is null unless the row was updated
 * or deleted, and for an update that kept its key as it was written; else it holds the old key
 * (other columns null), or the whole old row under REPLICA IDENTITY FULL ({@link #oldTupleIsFull}).
 * An old key may be equal to the new one, as 1.0 is to 1.00.
 *
 * <p>Columns decode when asked for, into the types listed in {@link io.tidemark.postgres.types}.
 * All getters give null for SQL NULL. They throw {@link IllegalArgumentException} if the table has
 * no such column or its values are of another Java type, {@link IllegalStateException} if the
 * change does not have the value: see {@link #isUnchanged} and {@link #hasOld}. Their messages
 * begin with the row's {@code toString}, which says what it is of and where, without its data.
 */
public interface ChangedRow {
  /** The table that the row is of. */
  TableSchema schema();

  /** The row after the change; null if it was deleted. */
  Tuple newTuple();

  /** The old key or the old row, if any: see the type's comment. */
  Tuple oldTuple();

  /** Whether {@link #oldTuple} is the whole old row instead of its key. */
  boolean oldTupleIsFull();

  /** Whether the row was updated, so that without an old tuple its key is what it was. */
  boolean isUpdate();

  /** A column of the row after the change. */
  default Object get(String column) {
    return RowColumns.decode(this, RowColumns.newRow(this, column), column);
  }

  /**
   * A column of the row before the change. The columns of the key can always be asked for in an
   * UPDATE and a DELETE, others only under REPLICA IDENTITY FULL.
   */
  default Object getOld(String column) {
    return RowColumns.decode(this, RowColumns.oldRow(this, column), column);
  }

  /** Whether {@link #getOld} has this column. */
  default boolean hasOld(String column) {
    return RowColumns.oldRowOrNull(this, RowColumns.ordinal(this, column)) != null;
  }

  /** Whether a column is SQL NULL after the change. An unchanged one never is. */
  default boolean isNull(String column) {
    return !isUnchanged(column)
        && RowColumns.newRow(this, column).isNull(RowColumns.ordinal(this, column));
  }

  /**
   * Whether a column's value is not known, since the change left a TOAST value as it was and there
   * is no old value to take it from. A sink must leave the column as it is, too.
   */
  default boolean isUnchanged(String column) {
    return newTuple() != null && RowColumns.isUnknown(this, RowColumns.ordinal(this, column));
  }

  /** A column of the new row in PostgreSQL's bytes: binary, unless its type has no binary form. */
  default byte[] getBytes(String column) {
    return RowColumns.newRow(this, column).value(RowColumns.ordinal(this, column));
  }

  /** A boolean column. */
  default Boolean getBoolean(String column) {
    return RowColumns.as(this, column, Boolean.class);
  }

  /** A column of an integer type; one that does not fit fails with an ArithmeticException. */
  default Integer getInt(String column) {
    Long value = getLong(column);
    return value == null ? null : Math.toIntExact(value);
  }

  /** A column of an integer type, or an oid. */
  default Long getLong(String column) {
    return RowColumns.asLong(this, column);
  }

  /** A column of type double precision, real, or of an integer type. */
  default Double getDouble(String column) {
    return RowColumns.asDouble(this, column);
  }

  /** A numeric column, unless it is NaN or infinite, or one of an integer type. */
  default BigDecimal getBigDecimal(String column) {
    return RowColumns.asBigDecimal(this, column);
  }

  /** A text column, or one of any other type that decodes to a String, such as json or inet. */
  default String getString(String column) {
    return RowColumns.as(this, column, String.class);
  }

  /** A timestamptz column; infinities are Instant.MAX and MIN. */
  default Instant getInstant(String column) {
    return RowColumns.as(this, column, Instant.class);
  }

  /** A timestamp column; infinities are LocalDateTime.MAX and MIN. */
  default LocalDateTime getLocalDateTime(String column) {
    return RowColumns.as(this, column, LocalDateTime.class);
  }

  /** A date column; infinities are LocalDate.MAX and MIN. */
  default LocalDate getLocalDate(String column) {
    return RowColumns.as(this, column, LocalDate.class);
  }

  /** A uuid column. */
  default UUID getUuid(String column) {
    return RowColumns.as(this, column, UUID.class);
  }
}
