package io.tidemark.gateway.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.tidemark.gateway.wire.Commit;
import io.tidemark.gateway.wire.Event;
import io.tidemark.gateway.wire.Row;
import io.tidemark.postgres.Column;
import io.tidemark.postgres.PgType;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.change.Begin;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.Ddl;
import io.tidemark.postgres.change.LogicalMessage;
import io.tidemark.postgres.change.Position;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.change.RowChange.Origin;
import io.tidemark.postgres.change.SchemaChange;
import io.tidemark.postgres.change.SchemaChange.Source;
import io.tidemark.postgres.change.Truncate;
import io.tidemark.postgres.ddl.DdlStatement;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EventCodecTest {
  private static final int TABLE = 7;
  private static final Position AT = new Position(0xF000_0000_0000_0010L, 3);
  private static final Origin ORIGIN = new Origin(AT.commitLsn(), 3, -5, 0xF000_0001);
  private static final TableSchema ORDERS =
      new TableSchema(
          16384,
          new TableName("public", "orders"),
          ReplicaIdentity.DEFAULT,
          List.of(new Column("id", PgType.base(23, "integer"), -1)),
          0);
  private static final TableSchema WIDER =
      new TableSchema(
          16384,
          new TableName("public", "order_lines"),
          ReplicaIdentity.FULL,
          List.of(
              new Column("id", PgType.base(23, "integer"), -1, 1),
              new Column("note", PgType.base(25, "text"), 14, 2),
              new Column("more", PgType.base(25, "text"), -1, 3)),
          0,
          1);
  private static final Tuple SENT = tuple("0001620000000400000007", Tuple.Layout.PGOUTPUT);
  private static final Tuple OLD = tuple("0001620000000400000006", Tuple.Layout.PGOUTPUT);
  private static final Tuple COPIED = tuple("00010000000400000007", Tuple.Layout.COPY);

  private final EventEncoder encoder = new EventEncoder(schema -> TABLE);
  private final EventDecoder decoder = new EventDecoder();

  EventCodecTest() {
    decoder.define(TableCodec.toWire(TABLE, ORDERS));
  }

  private static Tuple tuple(String hex, Tuple.Layout layout) {
    byte[] bytes = HexFormat.of().parseHex(hex);
    return new Tuple(bytes, 0, bytes.length, layout);
  }

  private Change read(byte[] event) throws Exception {
    return decoder.change(Event.parseFrom(event));
  }

  @Test
  void whatIsWrittenOfAChangeReadsAsTheChange() throws Exception {
    List<Change> changes =
        List.of(
            new Begin(new Position(16, 0), 5, -1),
            RowChange.insert(ORDERS, SENT, ORIGIN),
            RowChange.update(ORDERS, SENT, null, false, ORIGIN),
            RowChange.update(ORDERS, SENT, OLD, true, ORIGIN),
            RowChange.delete(ORDERS, OLD, false, ORIGIN),
            RowChange.read(ORDERS, COPIED, 16),
            RowChange.read(ORDERS, SENT, 16, 0xF000_0001L),
            RowChange.read(ORDERS, SENT, 16, 5).asLastOfDump(),
            new Truncate(AT, 5, 731, ORDERS, true, false),
            new LogicalMessage(AT, 5, true, "p", new byte[] {0, -1}),
            new io.tidemark.postgres.change.Commit(AT, 32, 5),
            new Ddl(AT, 5, -1, DdlStatement.ofText("COMMENT ON TABLE \"ü\"", List.of("COMMENT"))),
            new SchemaChange(AT, -5, -1, null, ORDERS, Source.RELATION, Map.of()),
            new SchemaChange(AT, 5, 731, ORDERS, null, Source.STRUCTURE, Map.of()),
            new SchemaChange(
                AT, 5, 731, ORDERS, WIDER, Source.STRUCTURE, Map.of(2, "ü", 3, "", 1600, "x")));
    for (Change change : changes) {
      byte[] event = encoder.encode(change);
      Change read = read(event);
      assertThat(read).hasToString(change.toString()).hasSameClassAs(change);
      assertThat(read.toJson()).isEqualTo(change.toJson());
      assertThat(encoder.encode(read)).as("%s", change).isEqualTo(event);
    }
  }

  @Test
  void aChangeOfATableHasItsColumnsByTheirNumbers() throws Exception {
    SchemaChange change =
        new SchemaChange(AT, 5, 731, ORDERS, WIDER, Source.STRUCTURE, Map.of(2, "ü", 3, ""));
    SchemaChange read = (SchemaChange) read(encoder.encode(change));
    assertThat(read).isEqualTo(change);
    assertThat(read.after().columns()).extracting(Column::number).containsExactly(1, 2, 3);
    assertThat(read.before().columns()).extracting(Column::number).as("not known").containsOnly(0);
  }

  @Test
  void ofARequestTheDumpsIdIsLeft() throws Exception {
    RowChange wanted = RowChange.read(ORDERS, SENT, 16, 0x1234_5678_F000_0001L);
    RowChange read = (RowChange) read(encoder.encode(wanted));
    assertThat(read.dumpRequest()).isEqualTo(0xF000_0001L);
    assertThat(read.isLastOfDump()).isFalse();
    RowChange zero = (RowChange) read(encoder.encode(RowChange.read(ORDERS, SENT, 16, 5L << 32)));
    assertThat(zero.dumpRequest()).as("of the id 0").isNotZero();
    assertThat((int) zero.dumpRequest()).isZero();
  }

  @Test
  void whatMakesNoSenseIsRefused() {
    assertRefused(Event.getDefaultInstance(), "an event of an unknown kind (sequence 0)");
    assertRefused(
        Event.newBuilder().setCommit(Commit.newBuilder().setCommitLsn(16).setOrdinal(-1)).build(),
        "at 0/10 of an impossible ordinal, 18446744073709551615");
    Row.Builder row = Row.newBuilder().setTable(TABLE).setOp(Row.Op.INSERT).setCommitLsn(16);
    assertRefused(event(row), "a malformed INSERT of table public.orders at 0/10#0: no new row");
    ByteString tuple = ByteString.copyFrom(SENT.array());
    row.setNewRow(tuple).setOldRow(tuple);
    assertRefused(event(row), "a malformed INSERT of table public.orders at 0/10#0: an old row");
    assertRefused(
        Event.newBuilder()
            .setSchemaChange(io.tidemark.gateway.wire.SchemaChange.newBuilder().setCommitLsn(16))
            .build(),
        "a malformed change of a table at 0/10#0: a change of no table");
    io.tidemark.gateway.wire.SchemaChange.Builder comes =
        io.tidemark.gateway.wire.SchemaChange.newBuilder()
            .setCommitLsn(16)
            .setAfter(TableCodec.toWire(0, WIDER));
    assertRefused(
        Event.newBuilder().setSchemaChange(comes.clone().setSourceValue(7)).build(),
        "a malformed change of a table at 0/10#0: its source is 7");
    comes.getAfterBuilder().getColumnsBuilder(1).setNumber(32_768);
    assertRefused(
        Event.newBuilder().setSchemaChange(comes).build(), "column note with the number 32768");
    assertRefused(
        Event.newBuilder()
            .setDdl(
                io.tidemark.gateway.wire.Ddl.newBuilder()
                    .setCommitLsn(16)
                    .setStatement("{\"version\":9,\"text\":\"secret\"}"))
            .build(),
        "a malformed DDL statement at 0/10#0: a description of version 9; known is 1");
    row.setTable(8);
    assertRefused(event(row), "at 0/10 of a table that it has not described (id 8)");
  }

  private static Event event(Row.Builder row) {
    return Event.newBuilder().setRow(row).build();
  }

  private void assertRefused(Event event, String why) {
    assertThatThrownBy(() -> decoder.change(event))
        .isInstanceOf(MalformedEventException.class)
        .hasMessageContaining(why);
  }
}
