package io.tidemark.gateway.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.gateway.delivery.Message.Kind;
import io.tidemark.gateway.outbox.Entry;
import io.tidemark.gateway.outbox.Outbox;
import io.tidemark.gateway.outbox.OutboxState;
import io.tidemark.gateway.pgcapture.DdlLogs;
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
import io.tidemark.postgres.change.Commit;
import io.tidemark.postgres.change.Ddl;
import io.tidemark.postgres.change.DumpEnd;
import io.tidemark.postgres.change.LogicalMessage;
import io.tidemark.postgres.change.Position;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.change.SchemaChange;
import io.tidemark.postgres.change.SchemaChange.Source;
import io.tidemark.postgres.change.Truncate;
import io.tidemark.postgres.ddl.DdlStatement;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class EventWriterTest {
  private static final RowChange.Origin ORIGIN =
      new RowChange.Origin(0xF000_0000_0000_0010L, 3, -5, 0xF000_0001);

  /** The key is (id, name). */
  private static final TableSchema ORDERS = table("orders", ReplicaIdentity.DEFAULT, 0, 1);

  private static final TableSchema USERS = table("users", ReplicaIdentity.DEFAULT, 0);
  private static final TableSchema LOG = table("log", ReplicaIdentity.FULL);

  private final Outbox outbox =
      new Outbox(new Outbox.Options(4, 1000, 1000, 1000), OutboxState.empty());
  private final EventWriter writer = new EventWriter(outbox, new Written());
  private final List<Entry> entries = new ArrayList<>();
  private final List<String> ends = new ArrayList<>();

  private static TableSchema table(String name, ReplicaIdentity identity, int... key) {
    return new TableSchema(
        name.hashCode(),
        new TableName("public", name),
        identity,
        List.of(
            new Column("id", PgType.base(23, "integer"), -1),
            new Column("name", PgType.base(25, "text"), -1),
            new Column("note", PgType.base(25, "text"), -1)),
        key);
  }

  /** Null values are NULL. */
  private static Tuple tuple(Tuple.Layout layout, Object... values) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {0, (byte) values.length});
    boolean copy = layout == Tuple.Layout.COPY;
    for (Object value : values) {
      if (value == null) {
        out.writeBytes(copy ? new byte[] {-1, -1, -1, -1} : new byte[] {'n'});
        continue;
      }
      byte[] bytes =
          value instanceof Integer number
              ? ByteBuffer.allocate(4).putInt(number).array()
              : value.toString().getBytes(StandardCharsets.UTF_8);
      if (!copy) {
        out.write('b');
      }
      out.writeBytes(ByteBuffer.allocate(4).putInt(bytes.length).array());
      out.writeBytes(bytes);
    }
    // Within a larger array, as they come.
    byte[] padded = new byte[out.size() + 7];
    System.arraycopy(out.toByteArray(), 0, padded, 3, out.size());
    return new Tuple(padded, 3, out.size(), layout);
  }

  private static Tuple row(Object... values) {
    return tuple(Tuple.Layout.PGOUTPUT, values);
  }

  private static Tuple copied(Object... values) {
    return tuple(Tuple.Layout.COPY, values);
  }

  private static byte[] bytes(Tuple tuple) {
    return Arrays.copyOfRange(tuple.array(), tuple.offset(), tuple.offset() + tuple.length());
  }

  /** Keeps what it is given. */
  private final class Written implements EventWriter.Target {
    @Override
    public void add(Entry entry) {
      entries.add(entry);
    }

    @Override
    public void rangeEnds(long request, int lanes) {
      ends.add("%x, %d lanes, behind %d events".formatted(request, lanes, entries.size()));
    }
  }

  private Entry entry(Change change) {
    entries.clear();
    writer.write(change);
    assertThat(entries).hasSize(1);
    return entries.get(0);
  }

  private Event event(Change change) throws Exception {
    return Event.parseFrom(entry(change).event());
  }

  @Test
  void aRowHasAllThatItsChangeHas() throws Exception {
    Tuple now = row(1, "a", "x".repeat(5000));
    Row insert = event(RowChange.insert(ORDERS, now, ORIGIN)).getRow();
    assertThat(insert)
        .isEqualTo(
            Row.newBuilder()
                .setOp(Row.Op.INSERT)
                .setTable(outbox.table(ORDERS))
                .setNewRow(com.google.protobuf.ByteString.copyFrom(bytes(now)))
                .setCommitLsn(0xF000_0000_0000_0010L)
                .setOrdinal(3)
                .setCommitTime(-5)
                .setXid(0xF000_0001)
                .build());
    Tuple old = row(2, "b", null);
    Row update = event(RowChange.update(ORDERS, now, old, false, ORIGIN)).getRow();
    assertThat(update.getOp()).isEqualTo(Row.Op.UPDATE);
    assertThat(update.getOldRow().toByteArray()).isEqualTo(bytes(old));
    assertThat(update.getOldIsRow()).isFalse();
    Row delete = event(RowChange.delete(LOG, old, true, ORIGIN)).getRow();
    assertThat(delete.getOp()).isEqualTo(Row.Op.DELETE);
    assertThat(delete.getNewRow()).isEmpty();
    assertThat(delete.getOldIsRow()).isTrue();
    assertThat(delete.getTable()).isEqualTo(outbox.table(LOG)).isNotEqualTo(insert.getTable());
  }

  @Test
  void aReadHasItsFormAndTheRangeThatItIsOf() throws Exception {
    Entry plain = entry(RowChange.read(USERS, copied(1, "a", null), 77));
    assertThat(plain.request()).isZero();
    Row row = Event.parseFrom(plain.event()).getRow();
    assertThat(row.getOp()).isEqualTo(Row.Op.READ);
    assertThat(row.getCopyForm()).isTrue();
    assertThat(row.getCommitLsn()).isEqualTo(77);
    assertThat(row.getOrdinal()).isZero();
    assertThat(row.getCommitTime()).isZero();
    assertThat(row.hasDump()).isFalse();
    long request = 0x1234_5678_F000_0001L;
    Entry dumped = entry(RowChange.read(USERS, row(1, "a", null), 77, request));
    assertThat(dumped.request()).isEqualTo(request);
    Row of = Event.parseFrom(dumped.event()).getRow();
    assertThat(of.getCopyForm()).isFalse();
    assertThat(of.getDump().getId()).isEqualTo(0xF000_0001);
    assertThat(of.getDump().getLast()).isFalse();
    Entry zero = entry(RowChange.read(USERS, row(1, "a", null), 77, 5L << 32));
    assertThat(Event.parseFrom(zero.event()).getRow().hasDump()).as("with the id 0").isTrue();
  }

  @Test
  void theEndOfADumpOnDemandIsNoEventAndThatOfAWholeTableNothing() {
    long request = 0x1234_5678_F000_0001L;
    Position position = new Position(77, 0);
    writer.write(RowChange.read(USERS, row(1, "a", null), 77, request));
    writer.write(new DumpEnd(position, USERS.name(), request, 2, 3));
    writer.write(new DumpEnd(position, USERS.name(), 0, 2, 3));
    assertThat(ends).containsExactly("12345678f0000001, 3 lanes, behind 1 events");
    assertThat(entries).hasSize(1);
  }

  @Test
  void aKeyHasOneHashInWhateverFormAndChange() {
    for (TableSchema table : List.of(ORDERS, USERS)) {
      int read = entry(RowChange.read(table, copied(7, "k", "a"), 1)).key();
      List<Change> changes =
          List.of(
              RowChange.read(table, row(7, "k", null), 1, 99),
              RowChange.insert(table, row(7, "k", "b"), ORIGIN),
              RowChange.update(table, row(7, "k", "c"), null, false, ORIGIN),
              RowChange.update(table, row(7, "k", "c"), row(7, "k", "b"), true, ORIGIN),
              RowChange.delete(table, row(7, "k", null), false, ORIGIN));
      for (Change change : changes) {
        Entry entry = entry(change);
        assertThat(entry.kind()).isEqualTo(Kind.ROW);
        assertThat(entry.key()).as("%s", change).isEqualTo(read);
        assertThat(entry.oldKey()).as("%s", change).isEqualTo(read);
      }
    }
    Set<Integer> hashes = new HashSet<>();
    for (int id = 0; id < 1000; id++) {
      hashes.add(entry(RowChange.insert(USERS, row(id, "", ""), ORIGIN)).key() >>> 26);
    }
    assertThat(hashes).as("they fill 64 buckets").hasSize(64);
  }

  @Test
  void aKeyThatMovesHasBoth() {
    Entry moved =
        entry(RowChange.update(ORDERS, row(2, "k", "a"), row(1, "k", null), false, ORIGIN));
    assertThat(moved.key()).isEqualTo(entry(RowChange.read(ORDERS, copied(2, "k", ""), 1)).key());
    assertThat(moved.oldKey())
        .isEqualTo(entry(RowChange.read(ORDERS, copied(1, "k", ""), 1)).key())
        .isNotEqualTo(moved.key());
  }

  @Test
  void rowsOfATableWithoutAKeyStayInOneOrder() {
    List<Change> changes =
        List.of(
            RowChange.read(LOG, copied(1, "a", null), 1),
            RowChange.insert(LOG, row(2, "b", null), ORIGIN),
            RowChange.update(LOG, row(3, "c", null), row(2, "b", null), true, ORIGIN),
            RowChange.delete(LOG, row(3, "c", null), true, ORIGIN));
    for (Change change : changes) {
      assertThat(entry(change).key()).isEqualTo(LOG.oid());
      assertThat(entry(change).oldKey()).isEqualTo(LOG.oid());
    }
    // The writer has not kept the other table's keys.
    assertThat(entry(RowChange.insert(USERS, row(1, "", ""), ORIGIN)).key())
        .isNotEqualTo(LOG.oid());
  }

  @Test
  void transactionsBeginAndEnd() throws Exception {
    Position position = new Position(77, 4);
    Entry begin = entry(new Begin(new Position(77, 0), 5, 9));
    assertThat(begin.kind()).isEqualTo(Kind.BOUNDARY);
    Event expected =
        Event.newBuilder()
            .setBegin(
                io.tidemark.gateway.wire.Begin.newBuilder()
                    .setCommitLsn(77)
                    .setCommitTime(5)
                    .setXid(9))
            .build();
    assertThat(Event.parseFrom(begin.event())).isEqualTo(expected);
    Entry commit = entry(new Commit(position, 99, 5));
    assertThat(commit.kind()).isEqualTo(Kind.BOUNDARY);
    expected =
        Event.newBuilder()
            .setCommit(
                io.tidemark.gateway.wire.Commit.newBuilder()
                    .setCommitLsn(77)
                    .setOrdinal(4)
                    .setEndLsn(99)
                    .setCommitTime(5))
            .build();
    assertThat(Event.parseFrom(commit.event())).isEqualTo(expected);
    assertThat(commit.table()).isZero();
    assertThat(commit.request()).isZero();
  }

  @Test
  void aStatementIsABarrierAndARowForPgcapturesClients() throws Exception {
    Ddl ddl =
        new Ddl(
            new Position(77, 4), 5, 9, DdlStatement.ofText("DROP TABLE a", List.of("DROP TABLE")));
    writer.write(ddl);
    assertThat(entries).extracting(Entry::kind).containsExactly(Kind.BARRIER, Kind.ROW);
    assertThat(entries.get(0).table()).isZero();
    Event expected =
        Event.newBuilder()
            .setDdl(
                io.tidemark.gateway.wire.Ddl.newBuilder()
                    .setCommitLsn(77)
                    .setOrdinal(4)
                    .setCommitTime(5)
                    .setXid(9)
                    .setStatement(ddl.statement().json()))
            .build();
    assertThat(Event.parseFrom(entries.get(0).event())).isEqualTo(expected);
    Entry entry = entries.get(1);
    assertThat(entry.table()).isEqualTo(outbox.table(DdlLogs.TABLE));
    Row row = Event.parseFrom(entry.event()).getRow();
    assertThat(row.getOp()).isEqualTo(Row.Op.INSERT);
    assertThat(row.getCommitLsn()).isEqualTo(77);
    assertThat(row.getOrdinal()).isEqualTo(4);
    assertThat(row.getNewRow().toByteArray())
        .isEqualTo(bytes(DdlLogs.row(ddl).orElseThrow().newTuple()));
    int key = entry.key();
    entries.clear();
    writer.write(new Ddl(new Position(77, 6), 5, 9, DdlStatement.ofText("b", List.of("COMMENT"))));
    assertThat(entries.get(1).key()).as("they stay in one order").isEqualTo(key);
  }

  @Test
  void aStatementWhoseTextIsNotKnownIsNoRow() throws Exception {
    String json = "{\"version\":1,\"event\":\"end\",\"tag\":\"CREATE SERVER\",\"withheld\":true}";
    Entry entry = entry(new Ddl(new Position(77, 4), 5, 9, DdlStatement.parse(json)));
    assertThat(entry.kind()).isEqualTo(Kind.BARRIER);
  }

  @Test
  void aChangeOfATableIsABarrierOfTheTable() throws Exception {
    TableSchema renamed = ORDERS.named(new TableName("public", "lines"));
    Position position = new Position(77, 4);
    Entry comes = entry(new SchemaChange(position, 5, 9, null, ORDERS, Source.STRUCTURE, Map.of()));
    assertThat(comes.kind()).isEqualTo(Kind.BARRIER);
    assertThat(comes.table()).isEqualTo(outbox.table(ORDERS));
    Entry changes =
        entry(new SchemaChange(position, 5, 9, ORDERS, renamed, Source.STRUCTURE, Map.of(7, "x")));
    assertThat(changes.table()).isEqualTo(outbox.table(renamed));
    io.tidemark.gateway.wire.SchemaChange wire = Event.parseFrom(changes.event()).getSchemaChange();
    assertThat(wire.getBefore().getName()).isEqualTo("orders");
    assertThat(wire.getAfter().getName()).isEqualTo("lines");
    assertThat(wire.getMissingMap()).isEqualTo(Map.of(7, "x"));
    Entry goes = entry(new SchemaChange(position, 5, 9, renamed, null, Source.STRUCTURE, Map.of()));
    assertThat(goes.table()).isEqualTo(outbox.table(renamed));
  }

  @Test
  void truncatesAndMessagesAreBarriers() throws Exception {
    Position position = new Position(77, 4);
    Entry truncate = entry(new Truncate(position, 5, 9, ORDERS, true, false));
    assertThat(truncate.kind()).isEqualTo(Kind.BARRIER);
    assertThat(truncate.table()).isEqualTo(outbox.table(ORDERS));
    Event expected =
        Event.newBuilder()
            .setTruncate(
                io.tidemark.gateway.wire.Truncate.newBuilder()
                    .setTable(outbox.table(ORDERS))
                    .setCommitLsn(77)
                    .setOrdinal(4)
                    .setCommitTime(5)
                    .setXid(9)
                    .setCascade(true))
            .build();
    assertThat(Event.parseFrom(truncate.event())).isEqualTo(expected);
    Entry message = entry(new LogicalMessage(position, 0, false, "prefix", new byte[] {1, 2}));
    assertThat(message.kind()).isEqualTo(Kind.BARRIER);
    assertThat(message.table()).isZero();
    assertThat(Event.parseFrom(message.event()).getMessage().getContent().toByteArray())
        .containsExactly(1, 2);
    assertThat(Event.parseFrom(message.event()).getMessage().getPrefix()).isEqualTo("prefix");
  }
}
