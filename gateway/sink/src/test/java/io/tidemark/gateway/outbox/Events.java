package io.tidemark.gateway.outbox;

import com.google.protobuf.ByteString;
import io.tidemark.gateway.delivery.Message.Kind;
import io.tidemark.gateway.event.TableCodec;
import io.tidemark.gateway.wire.Attach;
import io.tidemark.gateway.wire.Event;
import io.tidemark.gateway.wire.Row;
import io.tidemark.gateway.wire.SchemaChange;
import io.tidemark.postgres.Column;
import io.tidemark.postgres.PgType;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import java.util.List;

/** Entries whose events carry a text that tells them apart, and consumers that want them. */
final class Events {
  private Events() {}

  static TableSchema schema(String table) {
    return new TableSchema(
        1,
        new TableName("public", table),
        TableSchema.ReplicaIdentity.DEFAULT,
        List.of(new Column("id", PgType.base(23, "integer"), -1)),
        0);
  }

  static Entry row(int table, int key, String text) {
    return moved(table, key, key, text);
  }

  static Entry moved(int table, int key, int oldKey, String text) {
    return entry(Kind.ROW, key, oldKey, table, Event.newBuilder().setRow(newRow(table, text)));
  }

  private static Row.Builder newRow(int table, String text) {
    return Row.newBuilder()
        .setOp(Row.Op.INSERT)
        .setTable(table)
        .setNewRow(ByteString.copyFromUtf8(text))
        .setCommitLsn(77)
        .setOrdinal(5);
  }

  static Entry dumped(int table, int key, long request, String text) {
    Row.Builder row = newRow(table, text).setOp(Row.Op.READ);
    row.getDumpBuilder().setId((int) request);
    return new Entry(
        Kind.ROW, key, key, table, request, Event.newBuilder().setRow(row).build().toByteArray());
  }

  static Entry barrier(String text) {
    Event.Builder event = Event.newBuilder();
    event.getMessageBuilder().setPrefix(text).setCommitLsn(78).setOrdinal(6);
    return entry(Kind.BARRIER, 0, 0, 0, event);
  }

  static Entry ddl(String statement) {
    Event.Builder event = Event.newBuilder();
    event.getDdlBuilder().setStatement(statement).setCommitLsn(79).setOrdinal(7);
    return entry(Kind.BARRIER, 0, 0, 0, event);
  }

  /** A table gets a name; before it had another one, or was none if that is null. */
  static Entry schemaChange(int table, String before, String after) {
    Event.Builder event = Event.newBuilder();
    SchemaChange.Builder change = event.getSchemaChangeBuilder().setCommitLsn(80).setOrdinal(8);
    if (before != null) {
      change.setBefore(TableCodec.toWire(0, schema(before)));
    }
    change.setAfter(TableCodec.toWire(0, schema(after)));
    return entry(Kind.BARRIER, 0, 0, table, event);
  }

  static Entry boundary(int xid) {
    Event.Builder event = Event.newBuilder();
    event.getBeginBuilder().setXid(xid);
    return entry(Kind.BOUNDARY, 0, 0, 0, event);
  }

  private static Entry entry(Kind kind, int key, int oldKey, int table, Event.Builder event) {
    return new Entry(kind, key, oldKey, table, 0, event.build().toByteArray());
  }

  /** What tells the event from others. */
  static String text(Event event) {
    return switch (event.getTypeCase()) {
      case ROW -> event.getRow().getNewRow().toStringUtf8();
      case MESSAGE -> event.getMessage().getPrefix();
      case BEGIN -> "begin " + event.getBegin().getXid();
      case DDL -> event.getDdl().getStatement();
      case SCHEMA_CHANGE -> "schema of " + event.getSchemaChange().getAfter().getName();
      case SKIPPED -> "skipped " + event.getSkipped().getBytes();
      default -> event.getTypeCase().toString();
    };
  }

  static Attach byArrival(long flow) {
    return Attach.newBuilder().setFlow(flow).setWithSchema(true).build();
  }

  /** One that asks for DDL, and for these tables. */
  static Attach withDdl(long flow, String tables) {
    return byArrival(flow).toBuilder().setTables(tables).setDdl(true).build();
  }

  static Attach oneByOne(long flow) {
    return Attach.newBuilder().setFlow(flow).setOneByOne(true).setRowsOnly(true).build();
  }
}
