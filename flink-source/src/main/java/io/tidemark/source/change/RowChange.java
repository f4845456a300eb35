package io.tidemark.source.change;

import io.tidemark.dump.postgres.TableSchema;
import io.tidemark.dump.postgres.Tuple;
import java.util.Objects;

/**
 * A row was read, inserted, updated or deleted.
 *
 * <p>{@link #newTuple} is null for a DELETE. {@link #oldTuple} is null for READ and INSERT and for
 * an UPDATE that kept its key; else it holds the old key (other columns null), or the whole old row
 * under REPLICA IDENTITY FULL ({@link #oldTupleIsFull}).
 */
public final class RowChange implements Change {
  private final Op op;
  private final TableSchema schema;
  private final Tuple newTuple;
  private final Tuple oldTuple;
  private final boolean oldTupleIsFull;
  private final long commitLsn;
  private final long ordinal;
  private final long commitTime;
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
    this.commitTime = origin.commitTime;
    this.xid = origin.xid;
  }

  /** A row that a dump read, evaluated at a mark with this LSN. */
  public static RowChange read(TableSchema schema, Tuple row, long markLsn) {
    return new RowChange(Op.READ, schema, row, null, false, new Origin(markLsn, 0, 0, 0));
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
    return commitTime;
  }

  /** The transaction's 32-bit id, unsigned; 0 for a READ. */
  public int xid() {
    return xid;
  }

  /** Its shape alone: row data does not belong in logs. */
  @Override
  public String toString() {
    return op + " " + schema.name() + " at " + position();
  }
}
