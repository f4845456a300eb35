package io.tidemark.gateway.client;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.tidemark.postgres.Lsn;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.row.ChangedRow;
import io.tidemark.postgres.row.JsonHead;
import io.tidemark.postgres.row.RowJson;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/**
 * A row was read by a dump, inserted, updated or deleted. {@link ChangedRow} has the columns, by
 * name; {@link #isUnchanged} tells a value that did not come from null.
 *
 * <p>Immutable; may be kept and handed to other threads.
 */
public final class Change implements StreamEvent, ChangedRow {
  private static final JsonFactory JSON = new JsonFactory();

  private final Op op;
  private final TableSchema schema;
  private final Tuple newTuple;
  private final Tuple oldTuple;
  private final boolean oldTupleIsFull;
  private final Origin origin;

  /** What happened to a row. */
  public enum Op {
    /** A dump read it: it may be the first that is heard of it, or not. */
    READ,
    INSERT,
    UPDATE,
    DELETE
  }

  /**
   * Where a change comes from.
   *
   * @param commitTime microseconds since 2000-01-01 UTC; 0 if unknown
   * @param xid unsigned
   */
  record Origin(
      long commitLsn, long ordinal, long commitTime, int xid, boolean dump, boolean lastOfDump) {
    /** The same; but if the other is the last of a dump, this is too. */
    Origin endingDumpOf(Origin other) {
      return other.lastOfDump && !lastOfDump
          ? new Origin(commitLsn, ordinal, commitTime, xid, true, true)
          : this;
    }
  }

  Change(Op op, TableSchema schema, Images images, Origin origin) {
    this.op = op;
    this.schema = schema;
    this.newTuple = images.newTuple();
    this.oldTuple = images.oldTuple();
    this.oldTupleIsFull = images.oldIsFull();
    this.origin = origin;
  }

  /** The row's images, each of which may be missing. */
  record Images(Tuple newTuple, Tuple oldTuple, boolean oldIsFull) {}

  public Op op() {
    return op;
  }

  /** Whether the row is gone, so that there is no new one. */
  public boolean isDelete() {
    return op == Op.DELETE;
  }

  /** Schema and name of the row's table: {@code public.orders}. */
  public String table() {
    return schema.name().toString();
  }

  @Override
  public TableSchema schema() {
    return schema;
  }

  @Override
  public Tuple newTuple() {
    return newTuple;
  }

  @Override
  public Tuple oldTuple() {
    return oldTuple;
  }

  @Override
  public boolean oldTupleIsFull() {
    return oldTupleIsFull;
  }

  @Override
  public boolean isUpdate() {
    return op == Op.UPDATE;
  }

  /** A column of the new row, or {@link Value#unchanged} if it did not come. */
  public Value<Object> value(String column) {
    return isUnchanged(column) ? Value.unchanged() : Value.of(get(column));
  }

  /**
   * With the {@link #ordinal} the change's place in the total order of the stream. Of a READ it is
   * that of the watermark at which it was merged.
   */
  @Override
  public Lsn commitLsn() {
    return new Lsn(origin.commitLsn());
  }

  /** Its place within the transaction, from 1; 0 for a READ. */
  public long ordinal() {
    return origin.ordinal();
  }

  /** When its transaction committed; empty for a READ. */
  public Optional<Instant> commitTime() {
    return origin.commitTime() == 0
        ? Optional.empty()
        : Optional.of(JsonHead.instant(origin.commitTime()));
  }

  /** The transaction's 32-bit id; 0 for a READ. */
  public long xid() {
    return Integer.toUnsignedLong(origin.xid());
  }

  /** Whether it is a row of a dump on demand. */
  public boolean isOfDumpOnDemand() {
    return origin.dump();
  }

  /** Whether no further row of its range of the dump on demand comes. */
  public boolean isLastOfDump() {
    return origin.lastOfDump();
  }

  /**
   * The change as JSON, on one line:
   *
   * <pre>{@code
   * {"op":"update","schema":"public","table":"orders","position":{"lsn":"0/16B3748","ordinal":1},
   *  "commitTime":"2026-11-23T10:15:30.123456Z","xid":731,"key":{"id":7},
   *  "new":{"id":7,"total":12.50,"due":null},"old":{"id":6},"unchanged":["note"]}
   * }</pre>
   *
   * <p>{@link RowJson} says how values are written. An unchanged column is not in {@code new}.
   */
  public String toJson() {
    StringWriter out = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(out)) {
      json.writeStartObject();
      String name = op.name().toLowerCase(Locale.ROOT);
      new JsonHead(name, schema.name(), origin.commitLsn(), ordinal(), origin.commitTime())
          .write(json);
      JsonHead.writeXid(json, origin.xid());
      RowJson.write(json, this);
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    return out.toString();
  }

  Origin origin() {
    return origin;
  }

  /** A change of the same table. */
  Change with(Op otherOp, Images images, Origin otherOrigin) {
    return new Change(otherOp, schema, images, otherOrigin);
  }

  /** Its shape and place alone: row data does not belong in logs. */
  @Override
  public String toString() {
    return op + " " + schema.name() + " at " + commitLsn() + "#" + ordinal();
  }
}
