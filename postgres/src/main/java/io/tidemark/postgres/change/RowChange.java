package io.tidemark.postgres.change;

import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.row.ChangedRow;
import java.util.Objects;

/**
 * A row was read, inserted, updated or deleted.
 *
 * <p>{@link #newTuple} is null for a DELETE. {@link #oldTuple} is null for READ and INSERT and for
 * an UPDATE that kept its key as it was written; else it holds the old key (other columns null), or
 * the whole old row under REPLICA IDENTITY FULL ({@link #oldTupleIsFull}). An old key may be equal
 * to the new one, as 1.0 is to 1.00.
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
  private final long commitTime;
  private final int xid;
  private final long dumpRequest;
  private final boolean lastOfDump;

  /** The transaction that a row change belongs to, and its place therein. */
  public record Origin(long commitLsn, long ordinal, long commitTime, int xid) {}

  /** The row's images, each of which may be missing. */
  private record Images(Tuple newTuple, Tuple oldTuple, boolean oldTupleIsFull) {}

  /** The dump on demand that a row was read for, 0 if none, and whether it is known as its last. */
  private record Dump(long request, boolean last) {
    private static final Dump NONE = new Dump(0, false);
  }

  private RowChange(Op op, TableSchema schema, Images images, Origin origin, Dump dump) {
    this.op = op;
    this.schema = schema;
    this.newTuple = images.newTuple;
    this.oldTuple = images.oldTuple;
    this.oldTupleIsFull = images.oldTupleIsFull;
    this.commitLsn = origin.commitLsn;
    this.ordinal = origin.ordinal;
    this.commitTime = origin.commitTime;
    this.xid = origin.xid;
    this.dumpRequest = dump.request;
    this.lastOfDump = dump.last;
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
    Images images = new Images(row, null, false);
    Dump dump = request == 0 ? Dump.NONE : new Dump(request, false);
    return new RowChange(Op.READ, schema, images, new Origin(markLsn, 0, 0, 0), dump);
  }

  /** A row that was inserted. */
  public static RowChange insert(TableSchema schema, Tuple row, Origin origin) {
    Images images = new Images(Objects.requireNonNull(row), null, false);
    return new RowChange(Op.INSERT, schema, images, origin, Dump.NONE);
  }

  /**
   * A row that was updated.
   *
   * @param oldTuple the old key or row; null if the key was kept and there is no full old row
   * @param full whether {@code oldTuple} is the whole old row
   */
  public static RowChange update(
      TableSchema schema, Tuple row, Tuple oldTuple, boolean full, Origin origin) {
    Images images = new Images(Objects.requireNonNull(row), oldTuple, full);
    return new RowChange(Op.UPDATE, schema, images, origin, Dump.NONE);
  }

  /**
   * A row that was deleted.
   *
   * @param full whether {@code oldTuple} is the whole old row
   */
  public static RowChange delete(TableSchema schema, Tuple oldTuple, boolean full, Origin origin) {
    Images images = new Images(null, Objects.requireNonNull(oldTuple), full);
    return new RowChange(Op.DELETE, schema, images, origin, Dump.NONE);
  }

  public Op op() {
    return op;
  }

  /** Schema and name of the row's table: {@code public.orders}. */
  public String table() {
    return schema.name().toString();
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

  /** Whether the row is gone, so that there is no new one. */
  public boolean isDelete() {
    return op == Op.DELETE;
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
    return commitTime;
  }

  /**
   * The dump on demand that a READ was read for, by the id that it was asked for with. 0 for all
   * other changes, and for READs of other dumps and of repairs. A consumer of the gateway gets the
   * low 32 bits, which are the id that pgcapture's checkpoints have.
   */
  public long dumpRequest() {
    return dumpRequest;
  }

  /**
   * Whether no further row of its range of the dump on demand comes. Only a consumer of the gateway
   * is told, and of a range may not be; nothing that was written by Flink has it.
   */
  public boolean isLastOfDump() {
    return lastOfDump;
  }

  /** The same row of a dump on demand, told to be the last of its range. */
  public RowChange asLastOfDump() {
    return new RowChange(op, schema, images(), origin(), new Dump(dumpRequest, true));
  }

  /** The same change; but if the other is the last of its range, this is too. */
  public RowChange endingDumpOf(RowChange other) {
    return other.lastOfDump && !lastOfDump
        ? new RowChange(op, schema, images(), origin(), new Dump(other.dumpRequest, true))
        : this;
  }

  /** The same change with this new row, such as one that has what it left unchanged. */
  public RowChange withRow(Tuple row) {
    Images images = new Images(Objects.requireNonNull(row), oldTuple, oldTupleIsFull);
    return new RowChange(op, schema, images, origin(), dump());
  }

  /**
   * An earlier change and this update of the same row as one change: it has the place, the
   * transaction and the new row of this update, and the old row of the earlier change. A READ stays
   * one, of the dump that it was read for.
   */
  public RowChange since(RowChange earlier) {
    Images images = new Images(newTuple, earlier.oldTuple, earlier.oldTupleIsFull);
    return new RowChange(earlier.op, schema, images, origin(), earlier.dump());
  }

  private Dump dump() {
    return dumpRequest == 0 && !lastOfDump ? Dump.NONE : new Dump(dumpRequest, lastOfDump);
  }

  private Images images() {
    return new Images(newTuple, oldTuple, oldTupleIsFull);
  }

  private Origin origin() {
    return new Origin(commitLsn, ordinal, commitTime, xid);
  }

  /** The transaction's 32-bit id, unsigned; 0 for a READ, unless it is {@link #since} an update. */
  public int xid() {
    return xid;
  }

  @Override
  public <R, E extends Exception> R accept(ChangeVisitor<R, E> visitor) throws E {
    return visitor.row(this);
  }

  /** Its shape alone: row data does not belong in logs. */
  @Override
  public String toString() {
    return op + " " + schema.name() + " at " + position();
  }
}
