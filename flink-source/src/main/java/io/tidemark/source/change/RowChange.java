package io.tidemark.source.change;

import io.tidemark.dump.postgres.TableSchema;
import io.tidemark.dump.postgres.Tuple;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.Objects;
import java.util.UUID;

/**
 * A row was read, inserted, updated or deleted.
 *
 * <p>{@link #newTuple} is null for a DELETE. {@link #oldTuple} is null for READ and INSERT and for
 * an UPDATE that kept its key; else it holds the old key (other columns null), or the whole old row
 * under REPLICA IDENTITY FULL ({@link #oldTupleIsFull}).
 *
 * <p>Columns decode by name when asked for, into the types listed in {@link
 * io.tidemark.dump.types}. All getters give null for SQL NULL. They throw {@link
 * IllegalArgumentException} if the table has no such column or its values are of another Java type,
 * {@link IllegalStateException} if the change does not have the value: see {@link #isUnchanged} and
 * {@link #hasOld}.
 */
public final class RowChange implements Change {
  private final Op op;
  private final TableSchema schema;
  private final Tuple newTuple;
  private final Tuple oldTuple;
  private final boolean oldTupleIsFull;
  private final long commitLsn;
  private final long ordinal;

  /** The commit's time; of a READ, which is of no commit, the request that it was read for. */
  private final long timeOrRequest;

  private final int xid;

  /** The transaction that a row change belongs to, and its place therein. */
  public record Origin(long commitLsn, long ordinal, long commitTime, int xid) {}

  private RowChange(
      Op op, TableSchema schema, Tuple newTuple, Tuple oldTuple, boolean full, Origin origin) {
    this.op = op;
    this.schema = schema;
    this.newTuple = newTuple;
    this.oldTuple = oldTuple;
    this.oldTupleIsFull = full;
    this.commitLsn = origin.commitLsn;
    this.ordinal = origin.ordinal;
    this.timeOrRequest = origin.commitTime;
    this.xid = origin.xid;
  }

  /** A row that a dump of the whole table or a repair read, evaluated at a mark with this LSN. */
  public static RowChange read(TableSchema schema, Tuple row, long markLsn) {
    return read(schema, row, markLsn, 0);
  }

  /**
   * A row that a dump read, evaluated at a mark with this LSN.
   *
   * @param request the dump on demand that it was read for; 0 if for none
   */
  public static RowChange read(TableSchema schema, Tuple row, long markLsn, long request) {
    return new RowChange(Op.READ, schema, row, null, false, new Origin(markLsn, 0, request, 0));
  }

  /** A row that was inserted. */
  public static RowChange insert(TableSchema schema, Tuple row, Origin origin) {
    return new RowChange(Op.INSERT, schema, Objects.requireNonNull(row), null, false, origin);
  }

  /**
   * A row that was updated.
   *
   * @param oldTuple the old key or row; null if the key was kept and there is no full old row
   * @param full whether {@code oldTuple} is the whole old row
   */
  public static RowChange update(
      TableSchema schema, Tuple row, Tuple oldTuple, boolean full, Origin origin) {
    return new RowChange(Op.UPDATE, schema, Objects.requireNonNull(row), oldTuple, full, origin);
  }

  /**
   * A row that was deleted.
   *
   * @param full whether {@code oldTuple} is the whole old row
   */
  public static RowChange delete(TableSchema schema, Tuple oldTuple, boolean full, Origin origin) {
    return new RowChange(Op.DELETE, schema, null, Objects.requireNonNull(oldTuple), full, origin);
  }

  public Op op() {
    return op;
  }

  public TableSchema schema() {
    return schema;
  }

  /** The row after the change; null for a DELETE. */
  public Tuple newTuple() {
    return newTuple;
  }

  /** The old key or the old row, if any: see the class comment. */
  public Tuple oldTuple() {
    return oldTuple;
  }

  /** Whether {@link #oldTuple} is the whole old row instead of its key. */
  public boolean oldTupleIsFull() {
    return oldTupleIsFull;
  }

  @Override
  public Position position() {
    return new Position(commitLsn, ordinal);
  }

  /** {@link Position#commitLsn} without an object for it. */
  public long commitLsn() {
    return commitLsn;
  }

  /** {@link Position#ordinal} without an object for it. */
  public long ordinal() {
    return ordinal;
  }

  @Override
  public long commitTime() {
    return op == Op.READ ? 0 : timeOrRequest;
  }

  /**
   * The dump on demand that a READ was read for: {@link io.tidemark.source.DumpRequest#request}. 0
   * for all other changes, and for READs of other dumps and of repairs.
   */
  public long dumpRequest() {
    return op == Op.READ ? timeOrRequest : 0;
  }

  /** The transaction's 32-bit id, unsigned; 0 for a READ. */
  public int xid() {
    return xid;
  }

  /** A column of the row after the change. */
  public Object get(String column) {
    return RowColumns.decode(this, RowColumns.newRow(this, column), column);
  }

  /**
   * A column of the row before the change. The columns of the key can always be asked for in an
   * UPDATE and a DELETE, others only under REPLICA IDENTITY FULL.
   */
  public Object getOld(String column) {
    return RowColumns.decode(this, RowColumns.oldRow(this, column), column);
  }

  /** Whether {@link #getOld} has this column. */
  public boolean hasOld(String column) {
    return RowColumns.oldRowOrNull(this, RowColumns.ordinal(this, column)) != null;
  }

  /** Whether a column is SQL NULL after the change. An unchanged one never is. */
  public boolean isNull(String column) {
    return !isUnchanged(column)
        && RowColumns.newRow(this, column).isNull(RowColumns.ordinal(this, column));
  }

  /**
   * Whether a column's value is not known, since the change left a TOAST value as it was and there
   * is no old value to take it from. A sink must leave the column as it is, too.
   */
  public boolean isUnchanged(String column) {
    return newTuple != null && RowColumns.isUnknown(this, RowColumns.ordinal(this, column));
  }

  /** A column of the new row in PostgreSQL's bytes: binary, unless its type has no binary form. */
  public byte[] getBytes(String column) {
    return RowColumns.newRow(this, column).value(RowColumns.ordinal(this, column));
  }

  /** A boolean column. */
  public Boolean getBoolean(String column) {
    return RowColumns.as(this, column, Boolean.class);
  }

  /** A column of an integer type; one that does not fit fails with an ArithmeticException. */
  public Integer getInt(String column) {
    Long value = getLong(column);
    return value == null ? null : Math.toIntExact(value);
  }

  /** A column of an integer type, or an oid. */
  public Long getLong(String column) {
    return RowColumns.asLong(this, column);
  }

  /** A column of type double precision, real, or of an integer type. */
  public Double getDouble(String column) {
    return RowColumns.asDouble(this, column);
  }

  /** A numeric column, unless it is NaN or infinite, or one of an integer type. */
  public BigDecimal getBigDecimal(String column) {
    return RowColumns.asBigDecimal(this, column);
  }

  /** A text column, or one of any other type that decodes to a String, such as json or inet. */
  public String getString(String column) {
    return RowColumns.as(this, column, String.class);
  }

  /** A timestamptz column; infinities are Instant.MAX and MIN. */
  public Instant getInstant(String column) {
    return RowColumns.as(this, column, Instant.class);
  }

  /** A timestamp column; infinities are LocalDateTime.MAX and MIN. */
  public LocalDateTime getLocalDateTime(String column) {
    return RowColumns.as(this, column, LocalDateTime.class);
  }

  /** A date column; infinities are LocalDate.MAX and MIN. */
  public LocalDate getLocalDate(String column) {
    return RowColumns.as(this, column, LocalDate.class);
  }

  /** A uuid column. */
  public UUID getUuid(String column) {
    return RowColumns.as(this, column, UUID.class);
  }

  /** Its shape alone: row data does not belong in logs. */
  @Override
  public String toString() {
    return op + " " + schema.name() + " at " + position();
  }
}
