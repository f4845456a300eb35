package io.tidemark.gateway.client;

import static io.tidemark.gateway.client.Rows.INT4;
import static io.tidemark.gateway.client.Rows.TEXT;
import static io.tidemark.gateway.client.Rows.UNCHANGED;
import static io.tidemark.gateway.client.Rows.row;
import static io.tidemark.gateway.client.Rows.tuple;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.gateway.client.DebounceBuffer.Merged;
import io.tidemark.gateway.wire.Event;
import io.tidemark.gateway.wire.Row;
import io.tidemark.postgres.Column;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.postgres.change.Op;
import io.tidemark.postgres.change.RowChange;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class DebounceBufferTest {
  private static final TableSchema TABLE =
      Rows.table(
          "orders",
          new Column("id", INT4, -1),
          new Column("a", TEXT, -1),
          new Column("b", TEXT, -1));

  private final DebounceBuffer buffer = new DebounceBuffer(10);
  private long lsn;

  private static RowChange change(Row.Op op, long lsn, Object[] newRow, Object[] oldRow) {
    return Rows.change(
        TABLE,
        row(op, lsn, newRow == null ? null : tuple(newRow), oldRow == null ? null : tuple(oldRow)));
  }

  private RowChange insert(Object... newRow) {
    return change(Row.Op.INSERT, ++lsn, newRow, null);
  }

  private RowChange update(Object... newRow) {
    return change(Row.Op.UPDATE, ++lsn, newRow, null);
  }

  private RowChange move(int oldId, Object... newRow) {
    return change(Row.Op.UPDATE, ++lsn, newRow, new Object[] {oldId, null, null});
  }

  private RowChange delete(int id) {
    return change(Row.Op.DELETE, ++lsn, null, new Object[] {id, null, null});
  }

  private List<Merged> offer(RowChange change, long now) {
    return buffer.offer(change, new CompletableFuture<>(), now);
  }

  /** What comes of these changes of one row. */
  private RowChange merged(RowChange... changes) {
    for (RowChange change : changes) {
      assertThat(offer(change, 0)).isEmpty();
    }
    List<Merged> due = buffer.due(10);
    assertThat(due).hasSize(1);
    assertThat(due.get(0).parts()).hasSize(changes.length);
    return due.get(0).change();
  }

  @Test
  void theNewestIsHandedOnWhenItIsDue() {
    offer(update(1, "x", "y"), 0);
    offer(update(2, "x", "y"), 5);
    offer(update(1, "z", "y"), 9);
    assertThat(buffer.nextDue()).hasValue(10);
    assertThat(buffer.due(9)).isEmpty();
    List<Merged> due = buffer.due(10);
    assertThat(due).hasSize(1);
    assertThat(due.get(0).change().getString("a")).isEqualTo("z");
    assertThat(due.get(0).change().commitLsn()).isEqualTo(3);
    assertThat(buffer.due(15)).hasSize(1);
    assertThat(buffer.nextDue()).isEmpty();
  }

  @Test
  void anUnchangedValueIsThatOfTheChangeBefore() {
    RowChange change =
        merged(
            update(1, "long", UNCHANGED),
            update(1, UNCHANGED, UNCHANGED),
            update(1, UNCHANGED, null));
    assertThat(change.op()).isEqualTo(Op.UPDATE);
    assertThat(change.getString("a")).isEqualTo("long");
    assertThat(change.isNull("b")).isTrue();
    RowChange unknown = merged(update(1, UNCHANGED, "x"), update(1, UNCHANGED, "y"));
    assertThat(unknown.isUnchanged("a")).isTrue();
    assertThat(unknown.getString("b")).isEqualTo("y");
  }

  @Test
  void anUpdateOfANewRowStaysAnInsertion() {
    RowChange change = merged(insert(1, "long", "x"), update(1, UNCHANGED, "y"));
    assertThat(change.op()).isEqualTo(Op.INSERT);
    assertThat(change.getString("a")).isEqualTo("long");
    assertThat(change.getString("b")).isEqualTo("y");
  }

  @Test
  void aDeletionTakesTheValuesWithIt() {
    assertThat(merged(insert(1, "long", "x"), delete(1)).op()).isEqualTo(Op.DELETE);
    RowChange change = merged(update(1, "long", "x"), delete(1), insert(1, UNCHANGED, "y"));
    assertThat(change.op()).isEqualTo(Op.INSERT);
    assertThat(change.isUnchanged("a")).isTrue();
    assertThat(merged(delete(1), update(1, UNCHANGED, "y")).isUnchanged("a")).isTrue();
  }

  @Test
  void aMoveTakesTheValuesAlongAndIsHandedOnAtOnce() {
    offer(update(1, "long", "x"), 0);
    offer(delete(2), 1);
    offer(update(3, "other", "x"), 2);
    List<Merged> out = offer(move(1, 2, UNCHANGED, "y"), 3);
    assertThat(out)
        .extracting(merged -> merged.change().toString())
        .containsExactly(
            "UPDATE public.orders at 0/1#1",
            "DELETE public.orders at 0/2#1",
            "UPDATE public.orders at 0/4#1");
    RowChange moved = out.get(2).change();
    assertThat(moved.getOld("id")).isEqualTo(1);
    assertThat(moved.getInt("id")).isEqualTo(2);
    assertThat(moved.getString("a")).isEqualTo("long");
    assertThat(buffer.due(100)).hasSize(1);
  }

  @Test
  void theOldRowIsThatBeforeTheFirstChange() {
    RowChange change = merged(full("1", "0"), full("2", "1"));
    assertThat(change.getOld("a")).isEqualTo("0");
    assertThat(change.getString("a")).isEqualTo("2");
  }

  /** An update under REPLICA IDENTITY FULL. */
  private RowChange full(String newValue, String oldValue) {
    Event event = row(Row.Op.UPDATE, ++lsn, tuple(1, newValue, "y"), tuple(1, oldValue, "y"));
    return Rows.change(
        TABLE, event.toBuilder().setRow(event.getRow().toBuilder().setOldIsRow(true)).build());
  }

  @Test
  void whatIsKeptOfATableGoesBeforeItsColumnsChange() {
    offer(update(1, "x", "y"), 0);
    TableSchema wider = Rows.table("orders", new Column("id", INT4, -1), new Column("a", TEXT, -1));
    RowChange change = Rows.change(wider, row(Row.Op.UPDATE, 9, tuple(1, UNCHANGED), null));
    List<Merged> out = offer(change, 1);
    assertThat(out).hasSize(1);
    assertThat(out.get(0).change().getString("a")).isEqualTo("x");
    assertThat(buffer.due(100).get(0).change()).isSameAs(change);
  }

  @Test
  void withoutAKeyNothingIsKept() {
    TableSchema keyless =
        new TableSchema(
            1,
            new TableName("public", "log"),
            ReplicaIdentity.NOTHING,
            List.of(new Column("id", INT4, -1)));
    RowChange change = Rows.change(keyless, row(Row.Op.INSERT, 1, tuple(1), null));
    assertThat(offer(change, 0)).hasSize(1);
    assertThat(buffer.nextDue()).isEmpty();
  }

  @Test
  void theEndOfADumpIsNotLost() {
    Event event = row(Row.Op.READ, 1, tuple(1, "x", "y"), null);
    RowChange last =
        Rows.change(
            TABLE,
            event.toBuilder()
                .setRow(
                    event.getRow().toBuilder()
                        .setDump(io.tidemark.gateway.wire.Dump.newBuilder().setLast(true)))
                .build());
    assertThat(merged(last, update(1, "z", "y")).isLastOfDump()).isTrue();
  }
}
