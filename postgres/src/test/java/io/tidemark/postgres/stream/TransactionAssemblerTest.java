package io.tidemark.postgres.stream;

import static io.tidemark.postgres.pgoutput.PgOutputBytes.UNCHANGED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.postgres.Column;
import io.tidemark.postgres.PgType;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.change.Begin;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.Commit;
import io.tidemark.postgres.change.LogicalMessage;
import io.tidemark.postgres.change.Op;
import io.tidemark.postgres.change.Position;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.change.Truncate;
import io.tidemark.postgres.pgoutput.PgOutputBytes;
import io.tidemark.postgres.pgoutput.PgOutputBytes.ColumnBytes;
import io.tidemark.postgres.pgoutput.PgOutputDecoder;
import io.tidemark.postgres.pgoutput.PgOutputException;
import io.tidemark.postgres.pgoutput.PgOutputMessage.Relation;
import io.tidemark.postgres.pgoutput.PgOutputMessage.RelationColumn;
import io.tidemark.postgres.setup.RefusedException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TransactionAssemblerTest {
  private static final int ORDERS = 10;
  private static final int ITEMS = 11;
  private static final byte[] ORDERS_RELATION =
      PgOutputBytes.relation(
          ORDERS,
          "orders",
          'd',
          new ColumnBytes(true, "id", 25),
          new ColumnBytes(false, "note", 25));
  private static final byte[] ITEMS_RELATION =
      PgOutputBytes.relation(
          ITEMS, "items", 'f', new ColumnBytes(true, "a", 25), new ColumnBytes(true, "b", 25));

  private final PgOutputDecoder decoder = new PgOutputDecoder();
  private final List<Change> changes = new ArrayList<>();
  private TransactionAssembler assembler = restoredAt(StreamPosition.at(0));

  @Test
  void ordinalsCountChangesAndTruncatedTablesFromOne() throws Exception {
    send(1, PgOutputBytes.begin(100, 7, 3));
    send(1, PgOutputBytes.origin(9, "elsewhere"));
    send(1, ORDERS_RELATION);
    send(1, ITEMS_RELATION);
    send(1, PgOutputBytes.insert(ORDERS, "1", "a"));
    send(2, PgOutputBytes.truncate(3, ORDERS, ITEMS));
    send(3, PgOutputBytes.message(true, 3, "p", "c"));
    send(4, PgOutputBytes.delete(ORDERS, 'K', "1", null));
    send(120, PgOutputBytes.commit(100, 120, 7));

    assertThat(changes).hasSize(7);
    assertThat(changes.stream().map(Change::position))
        .containsExactlyElementsOf(
            IntStream.rangeClosed(0, 6).mapToObj(i -> new Position(100, i)).toList());
    assertThat(changes).allMatch(change -> change.commitTime() == 7);
    assertThat(changes.get(0)).isEqualTo(new Begin(new Position(100, 0), 7, 3));
    assertThat(((Truncate) changes.get(2)).schema().name().name()).isEqualTo("orders");
    assertThat(((Truncate) changes.get(3)).restartIdentity()).isTrue();
    assertThat(((RowChange) changes.get(5)).xid()).isEqualTo(3);
    assertThat(changes.get(6)).isEqualTo(new Commit(new Position(100, 6), 120, 7));
    assertThat(assembler.inTransaction()).isFalse();
  }

  @Test
  void messagesOutsideOfTransactionsAreAtTheirOwnLsn() throws Exception {
    send(50, PgOutputBytes.message(false, 50, "p", "c"));

    assertThat(changes.get(0).position()).isEqualTo(new Position(50, 0));
    assertThat(((LogicalMessage) changes.get(0)).transactional()).isFalse();
  }

  @Test
  void aSchemaSentAgainIsTheSameInstanceAndAChangedOneIsNot() throws Exception {
    send(1, PgOutputBytes.begin(100, 7, 3));
    send(1, ORDERS_RELATION);
    send(1, PgOutputBytes.insert(ORDERS, "1", "a"));
    send(2, ORDERS_RELATION);
    send(2, PgOutputBytes.insert(ORDERS, "2", "a"));
    send(3, PgOutputBytes.relation(ORDERS, "orders", 'd', new ColumnBytes(true, "id", 25)));
    send(3, PgOutputBytes.insert(ORDERS, "3"));

    assertThat(row(2).schema()).isSameAs(row(1).schema());
    assertThat(row(3).schema()).isNotEqualTo(row(1).schema());
  }

  @Test
  void oldKeysAreKeptOnlyWhereTheRowMoved() throws Exception {
    send(1, PgOutputBytes.begin(100, 7, 3));
    send(1, ORDERS_RELATION);
    String[] old = {"1", null};
    send(2, PgOutputBytes.update(ORDERS, 'K', old, "2", "a"));
    send(3, PgOutputBytes.update(ORDERS, 'K', old, "1", "a"));
    send(4, PgOutputBytes.update(ORDERS, 'K', old, UNCHANGED, UNCHANGED));
    send(5, ITEMS_RELATION);
    send(5, PgOutputBytes.update(ITEMS, 'O', new String[] {"1", "x"}, "1", "y"));

    assertThat(values(row(1).oldTuple())).containsExactly("1", null);
    assertThat(row(2).oldTuple()).isNull();
    assertThat(row(3).oldTuple()).isNull();
    assertThat(values(row(3).newTuple())).as("key taken from the old key").startsWith("1");
    assertThat(row(3).newTuple().isUnchanged(1)).isTrue();
    assertThat(row(4).oldTupleIsFull()).isTrue();
    assertThat(values(row(4).oldTuple())).containsExactly("1", "x");
  }

  @Test
  void theOldRowCompletesTheNewOneUnderFull() throws Exception {
    send(1, PgOutputBytes.begin(100, 7, 3));
    send(1, ITEMS_RELATION);
    send(2, PgOutputBytes.update(ITEMS, 'O', new String[] {"1", "toast"}, null, UNCHANGED));

    assertThat(row(1).newTuple().isPartial()).isFalse();
    assertThat(values(row(1).newTuple())).containsExactly(null, "toast");
  }

  @Test
  void anOldRowIsRefusedThatLacksTheKey() throws Exception {
    send(1, PgOutputBytes.begin(100, 7, 3));
    send(1, ORDERS_RELATION);
    send(2, PgOutputBytes.delete(ORDERS, 'K', "1", null));
    assertRefused(
        PgOutputBytes.delete(ORDERS, 'K', null, "a"),
        "which row of public.orders was changed at LSN 0/1 is not in the stream: the key is [id]");
    send(3, ITEMS_RELATION);
    send(3, PgOutputBytes.delete(ITEMS, 'O', null, "a"));
    assertRefused(PgOutputBytes.delete(ITEMS, 'K', "1", null), "the key is the whole row");
    assertRefused(PgOutputBytes.update(ITEMS, "1", "a"), "the key is the whole row");
  }

  @Test
  void aPartitionHasToSendTheKeyOfItsRoot() throws Exception {
    send(1, PgOutputBytes.begin(100, 7, 3));
    send(1, ORDERS_RELATION);
    send(1, leaf(20, 'd', true, false));
    send(2, PgOutputBytes.insert(ORDERS, "1", "a"));
    send(2, PgOutputBytes.update(ORDERS, "1", "b"));
    send(3, ORDERS_RELATION);
    send(3, leaf(21, 'i', false, true));
    send(3, PgOutputBytes.insert(ORDERS, "2", "a"));
    send(3, PgOutputBytes.delete(ORDERS, 'K', "1", null));
    assertRefused(
        PgOutputBytes.update(ORDERS, "2", "a"),
        "the key is [id], and the replica identity of public.leaf21 is [note]. ALTER TABLE"
            + " \"public\".\"leaf21\" REPLICA IDENTITY FULL");
    assertRefused(PgOutputBytes.delete(ORDERS, 'K', null, "a"), "public.leaf21");
    send(4, ORDERS_RELATION);
    send(4, leaf(21, 'f', true, true));
    send(4, PgOutputBytes.delete(ORDERS, 'K', "2", "a"));
    send(4, PgOutputBytes.update(ORDERS, "1", "a"));
  }

  @Test
  void anOldRowIsWholeIfEachPartitionSendsItWhole() throws Exception {
    byte[] root =
        PgOutputBytes.relation(ITEMS, "items", 'f', column(false, "id"), column(false, "note"));
    send(1, PgOutputBytes.begin(100, 7, 3));
    send(1, root);
    send(1, leaf(20, 'f', true, true));
    send(2, PgOutputBytes.update(ITEMS, 'O', new String[] {"1", null}, "1", "a"));
    assertThat(row(1).oldTupleIsFull()).isTrue();
    send(3, root);
    send(3, leaf(22, 'd', false, false));
    send(3, PgOutputBytes.insert(ITEMS, "1", null));
    send(3, PgOutputBytes.delete(ITEMS, 'O', "1", null));
    assertThat(row(3).oldTupleIsFull()).as("a partition without updates").isTrue();
    send(4, root);
    send(4, leaf(21, 'd', true, false));
    send(4, PgOutputBytes.insert(ITEMS, "1", null));
    assertRefused(PgOutputBytes.delete(ITEMS, 'O', "1", null), "public.leaf21 is [id]");
  }

  @Test
  void aRootUnderFullHasOldKeysOfPartitionsThatSendNoMore() throws Exception {
    send(1, PgOutputBytes.begin(100, 7, 3));
    send(1, ORDERS_RELATION);
    send(1, leaf(20, 'd', true, false));
    send(2, PgOutputBytes.delete(ORDERS, 'O', "1", null));
    send(3, PgOutputBytes.update(ORDERS, 'O', new String[] {"1", null}, "2", UNCHANGED));

    assertThat(row(1).oldTupleIsFull()).isFalse();
    assertThat(row(1).hasOld("note")).isFalse();
    assertThat(row(2).oldTupleIsFull()).isFalse();
    assertThat(row(2).newTuple().isPartial()).isTrue();
  }

  @Test
  void tablesThatAreTruncatedTogetherAreNoPartitions() throws Exception {
    send(1, PgOutputBytes.begin(100, 7, 3));
    send(1, ORDERS_RELATION);
    send(1, leaf(20, 'd', false, true));
    send(1, PgOutputBytes.truncate(0, ORDERS, 20));
    send(2, PgOutputBytes.update(ORDERS, "2", "a"));
    assertThat(row(3).isUpdate()).isTrue();
  }

  private static byte[] leaf(int oid, char identity, boolean id, boolean note) {
    return PgOutputBytes.relation(
        oid, "leaf" + oid, identity, column(id, "id"), column(note, "note"));
  }

  private static ColumnBytes column(boolean identity, String name) {
    return new ColumnBytes(identity, name, 25);
  }

  private void assertRefused(byte[] message, String text) {
    assertThatThrownBy(() -> send(1, message))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining(text);
  }

  @Test
  void aCutTransactionGoesOnAfterEachOfItsChanges() throws Exception {
    for (int cut = 1; cut <= 4; cut++) {
      changes.clear();
      assembler = restoredAt(new StreamPosition(90, 100, cut, cut == 3 ? 12 : 10 + cut));
      assertThat(assembler.inTransaction()).isTrue();
      send(95, PgOutputBytes.message(false, 95, "before", ""));
      largeTransaction(100);

      assertThat(changes.stream().map(c -> c.position().ordinal()))
          .containsExactlyElementsOf(
              IntStream.rangeClosed(cut + 1, 5).mapToObj(Long::valueOf).toList());
      assertThat(assembler.inTransaction()).isFalse();
    }
  }

  @Test
  void anotherHistoryIsRefused() throws Exception {
    assembler = restoredAt(new StreamPosition(90, 100, 2, 99));
    assertMismatch(() -> largeTransaction(100), "change 2 of it is now at LSN 0/C");

    assembler = restoredAt(new StreamPosition(90, 100, 2, 12));
    assertMismatch(() -> largeTransaction(101), "commits at 0/65 comes first");

    assembler = restoredAt(new StreamPosition(90, 100, 9, 12));
    assertMismatch(() -> largeTransaction(100), "has only 4 changes");
  }

  @Test
  void messagesOutOfOrderAreErrors() throws Exception {
    assertUnexpected(PgOutputBytes.commit(100, 120, 7), "no transaction is open");
    send(1, ORDERS_RELATION);
    assertUnexpected(PgOutputBytes.insert(ORDERS, "1", "a"), "no transaction is open");
    assertUnexpected(PgOutputBytes.message(true, 3, "p", "c"), "no transaction is open");
    send(1, PgOutputBytes.begin(100, 7, 3));
    assertUnexpected(PgOutputBytes.begin(101, 7, 3), "commits at 0/64 is open");
    assertUnexpected(PgOutputBytes.commit(101, 120, 7), "commits at 0/64 is open");
    assertUnexpected(PgOutputBytes.message(false, 3, "p", "c"), "not transactional");
  }

  /** Four changes; the second and third have one LSN. */
  private void largeTransaction(long commitLsn) throws SQLException, IOException {
    send(11, PgOutputBytes.begin(commitLsn, 7, 3));
    send(11, ORDERS_RELATION);
    send(11, ITEMS_RELATION);
    send(11, PgOutputBytes.insert(ORDERS, "1", "a"));
    send(12, PgOutputBytes.truncate(0, ORDERS, ITEMS));
    send(14, PgOutputBytes.insert(ORDERS, "2", "a"));
    send(120, PgOutputBytes.commit(commitLsn, 120, 7));
  }

  private void assertMismatch(Sending sending, String text) {
    assertThatThrownBy(sending::run)
        .isInstanceOf(HistoryMismatchException.class)
        .hasMessageContaining("the slot's history does not match the checkpoint")
        .hasMessageContaining(text);
  }

  private void assertUnexpected(byte[] message, String text) {
    assertThatThrownBy(() -> send(1, message))
        .isInstanceOf(PgOutputException.class)
        .hasMessageContaining(text);
  }

  private interface Sending {
    void run() throws Exception;
  }

  @Test
  void aKeyInTheWrongFormIsRefusedWithItsPlace() throws Exception {
    send(1, PgOutputBytes.begin(100, 7, 3));
    send(1, ORDERS_RELATION);
    byte[] update = PgOutputBytes.update(ORDERS, 'K', new String[] {"1", null}, "2", "b");
    int kindOfNewKey = 1 + 4 + 1 + 2 + 6 + 1 + 1 + 2;
    assertThat(update[kindOfNewKey]).isEqualTo((byte) 'b');
    update[kindOfNewKey] = 't';
    assertThatThrownBy(() -> send(5, update))
        .isInstanceOf(PgOutputException.class)
        .hasMessageContaining("at LSN 0/5, type UPDATE: key column id of public.orders")
        .hasMessageContaining("was sent as text");
  }

  private TransactionAssembler restoredAt(StreamPosition position) {
    return new TransactionAssembler(TransactionAssemblerTest::schema, position, List.of());
  }

  private static TableSchema schema(Relation relation) {
    List<RelationColumn> columns = relation.columns();
    return new TableSchema(
        relation.oid(),
        new TableName(relation.namespace(), relation.name()),
        relation.identity(),
        columns.stream().map(c -> new Column(c.name(), PgType.base(25, "text"), -1)).toList(),
        IntStream.range(0, columns.size())
            .filter(i -> columns.get(i).identity() && relation.identity() != ReplicaIdentity.FULL)
            .toArray());
  }

  private void send(long lsn, byte[] message) throws SQLException, IOException {
    assembler.accept(
        decoder.decode(message, 0, lsn), lsn, (change, changeLsn) -> changes.add(change));
  }

  private RowChange row(int index) {
    RowChange row = (RowChange) changes.get(index);
    assertThat(row.op()).isNotEqualTo(Op.READ);
    return row;
  }

  private static List<String> values(Tuple tuple) {
    List<String> values = new ArrayList<>();
    for (int i = 0; i < tuple.size(); i++) {
      byte[] value = tuple.value(i);
      values.add(value == null ? null : new String(value, StandardCharsets.UTF_8));
    }
    return values;
  }
}
