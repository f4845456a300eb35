package io.tidemark.gateway.client;

import com.google.protobuf.ByteString;
import io.tidemark.gateway.event.EventDecoder;
import io.tidemark.gateway.event.TableCodec;
import io.tidemark.gateway.wire.Again;
import io.tidemark.gateway.wire.Batch;
import io.tidemark.gateway.wire.Event;
import io.tidemark.gateway.wire.Row;
import io.tidemark.postgres.Column;
import io.tidemark.postgres.PgType;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.postgres.change.RowChange;
import java.util.Arrays;
import java.util.List;

/** Events as a server sends them, of the table {@code public.orders (id int4 key, note text)}. */
final class Rows {
  /** A TOAST value that was not sent. */
  static final Object UNCHANGED = io.tidemark.postgres.change.Rows.UNCHANGED;

  static final int ORDERS_ID = 7;
  static final PgType INT4 = PgType.base(23, "integer");
  static final PgType TEXT = PgType.base(25, "text");
  static final TableSchema ORDERS =
      table("orders", new Column("id", INT4, -1), new Column("note", TEXT, -1));

  private Rows() {}

  /** A table whose first column is the key. */
  static TableSchema table(String name, Column... columns) {
    return new TableSchema(
        16384, new TableName("public", name), ReplicaIdentity.DEFAULT, List.of(columns), 0);
  }

  static Event define(int id, TableSchema schema) {
    return Event.newBuilder().setTable(TableCodec.toWire(id, schema)).build();
  }

  static Event orders() {
    return define(ORDERS_ID, ORDERS);
  }

  /** An order is inserted at this LSN. */
  static Event insert(int id) {
    return row(Row.Op.INSERT, id, tuple(id, "note " + id), null);
  }

  static Event row(Row.Op op, long lsn, ByteString newRow, ByteString oldRow) {
    Row.Builder row =
        Row.newBuilder()
            .setOp(op)
            .setTable(ORDERS_ID)
            .setCommitLsn(lsn)
            .setOrdinal(1)
            .setCommitTime(1_000_000)
            .setXid(731);
    if (newRow != null) {
      row.setNewRow(newRow);
    }
    if (oldRow != null) {
      row.setOldRow(oldRow);
    }
    return Event.newBuilder().setRow(row).setSequence(lsn).build();
  }

  static Event again(long from) {
    return Event.newBuilder().setAgain(Again.newBuilder().setFrom(from)).build();
  }

  static Batch batch(Event... events) {
    return Batch.newBuilder().addAllEvents(Arrays.asList(events)).build();
  }

  /** Inserts of the orders with these ids. */
  static Batch inserts(int... ids) {
    return Batch.newBuilder()
        .addAllEvents(Arrays.stream(ids).mapToObj(Rows::insert).toList())
        .build();
  }

  /** Values as {@link io.tidemark.postgres.change.Rows#row} takes them. */
  static ByteString tuple(Object... values) {
    return ByteString.copyFrom(io.tidemark.postgres.change.Rows.row(values).array());
  }

  /** The change that a consumer makes of a row of this table. */
  static RowChange change(TableSchema schema, Event row) {
    EventDecoder decoder = new EventDecoder();
    decoder.define(TableCodec.toWire(ORDERS_ID, schema));
    return (RowChange) decoder.change(row);
  }

  static RowChange change(Event row) {
    return change(ORDERS, row);
  }
}
