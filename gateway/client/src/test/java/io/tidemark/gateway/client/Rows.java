package io.tidemark.gateway.client;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.tidemark.gateway.event.EventDecoder;
import io.tidemark.gateway.event.EventEncoder;
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
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.Ddl;
import io.tidemark.postgres.change.Position;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.change.SchemaChange;
import io.tidemark.postgres.ddl.DdlStatement;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

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

  static Event ddl(long lsn, String text) {
    DdlStatement statement = DdlStatement.ofText(text, List.of("ALTER TABLE"));
    return event(new Ddl(new Position(lsn, 1), 1_000_000, 731, statement));
  }

  static Event schemaChange(long lsn, TableSchema before, TableSchema after) {
    return event(
        new SchemaChange(
            new Position(lsn, 1),
            1_000_000,
            731,
            before,
            after,
            SchemaChange.Source.STRUCTURE,
            Map.of()));
  }

  private static Event event(Change change) {
    try {
      byte[] event = new EventEncoder(schema -> ORDERS_ID).encode(change);
      return Event.parseFrom(event).toBuilder().setSequence(change.position().commitLsn()).build();
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(e);
    }
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
