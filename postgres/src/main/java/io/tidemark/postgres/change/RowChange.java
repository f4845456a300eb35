package io.tidemark.postgres.change;

import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.row.ChangedRow;
import java.util.Objects;

/**
 * A row was read, inserted, updated or deleted.
 *
 * <p>{@link #newTuple} is null for a DELETE. {@link #oldTuple} is null for READ and INSERT and for
 * an UPDATE that kept its key; else it holds the old key (other columns null), or the whole old row
 * under REPLICA IDENTITY FULL ({@link #oldTupleIsFull}).
 *
 * <p>Columns decode by name when asked for, into the types listed in {@link
 * io.tidemark.postgres.types}. All getters give null for SQL NULL. They throw {@link
 * IllegalArgumentException} if the table has no such column or its values are of another Java type,
 * {@link IllegalStateException} if the change does not have the value: see {@link #isUnchanged} and
 * {@link #hasOld}.
 */
public final class RowChange implements Change, ChangedRow {
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

  @Override
  public TableSchema schema() {
    return schema;
  }

  /** The row after the change; null for a DELETE. */
  @Override
  public Tuple newTuple() {
    return newTuple;
  }

  /** The old key or the old row, if any: see the class comment. */
  @Override
  public Tuple oldTuple() {
    return oldTuple;
  }

  /** Whether {@link #oldTuple} is the whole old row instead of its key. */
  @Override
  public boolean oldTupleIsFull() {
    return oldTupleIsFull;
  }

  @Override
  public boolean isUpdate() {
    return op == Op.UPDATE;
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
   * The dump on demand that a READ was read for, by the id that it was asked for with. 0 for all
   * other changes, and for READs of other dumps and of repairs.
   */
  public long dumpRequest() {
    return op == Op.READ ? timeOrRequest : 0;
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
