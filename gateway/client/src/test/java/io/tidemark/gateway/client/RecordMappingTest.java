package io.tidemark.gateway.client;

import static io.tidemark.gateway.client.Rows.INT4;
import static io.tidemark.gateway.client.Rows.TEXT;
import static io.tidemark.gateway.client.Rows.UNCHANGED;
import static io.tidemark.gateway.client.Rows.row;
import static io.tidemark.gateway.client.Rows.tuple;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.tidemark.gateway.wire.Row;
import io.tidemark.postgres.Column;
import io.tidemark.postgres.PgType;
import io.tidemark.postgres.PgType.Kind;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.change.RowChange;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RecordMappingTest {
  private static final TableSchema TABLE =
      Rows.table(
          "orders",
          new Column("id", INT4, -1),
          new Column("customer_id", PgType.base(20, "bigint"), -1),
          new Column("total", PgType.base(1700, "numeric"), -1),
          new Column("placed", PgType.base(1184, "timestamp with time zone"), -1),
          new Column("state", new PgType(70_000, "public.state", Kind.ENUM, null, true), -1),
          new Column("sizes", new PgType(1007, "integer[]", Kind.ARRAY, INT4, true), -1),
          new Column("note", TEXT, -1));

  enum State {
    OPEN,
    PAID
  }

  @Table("public.orders")
  record Order(
      int id,
      Long customerId,
      BigDecimal total,
      @io.tidemark.gateway.client.Column("placed") Instant placedAt,
      State state,
      List<Long> sizes,
      Value<String> note) {}

  private static ByteString order(Object note) {
    return tuple(
        7,
        1L << 40,
        HexFormat.of().parseHex("0002000000000001" + "00011388"),
        0L,
        "PAID",
        HexFormat.of()
            .parseHex(
                "00000001"
                    + "00000001"
                    + "00000017"
                    + "00000002"
                    + "00000001"
                    + "00000004"
                    + "00000009"
                    + "ffffffff"),
        note);
  }

  private static <T extends Record> List<RecordChange<T>> changes(
      Class<T> type, RowChange... changes) throws Exception {
    List<RecordChange<T>> out = new ArrayList<>();
    AsyncHandler<RowChange> handler =
        new RecordMapping<>(type).handler(Handlers.direct((RecordChange<T> c) -> out.add(c)));
    for (RowChange change : changes) {
      assertThat(handler.handle(change)).isNull();
    }
    return out;
  }

  private static <T extends Record> T read(Class<T> type, RowChange change) throws Exception {
    return changes(type, change).get(0).row();
  }

  private static RowChange update(ByteString newRow) {
    return Rows.change(TABLE, row(Row.Op.UPDATE, 16, newRow, null));
  }

  @Test
  void columnsBecomeComponents() throws Exception {
    Order order = read(Order.class, update(order("x")));
    assertThat(order.id()).isEqualTo(7);
    assertThat(order.customerId()).isEqualTo(1L << 40);
    assertThat(order.total()).isEqualTo(new BigDecimal("1.5"));
    assertThat(order.placedAt()).isEqualTo(Instant.parse("2000-01-01T00:00:00Z"));
    assertThat(order.state()).isEqualTo(State.PAID);
    assertThat(order.sizes()).containsExactly(9L, null);
    assertThat(order.note().get()).isEqualTo("x");
    assertThat(new RecordMapping<>(Order.class).table()).contains("public.orders");
  }

  @Test
  void unchangedIsToldFromNull() throws Exception {
    assertThat(read(Order.class, update(order(UNCHANGED))).note().isUnchanged()).isTrue();
    assertThat(read(Order.class, update(order(null))).note().get()).isNull();
    record Plain(String note) {}
    assertThatThrownBy(() -> read(Plain.class, update(order(UNCHANGED))))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("does not have column 'note'");
    record Maybe(Optional<String> note, Optional<Integer> id) {}
    assertThat(read(Maybe.class, update(order(null))))
        .isEqualTo(new Maybe(Optional.empty(), Optional.of(7)));
  }

  @Test
  void aDeletionHasNoRow() throws Exception {
    RowChange change =
        Rows.change(
            TABLE, row(Row.Op.DELETE, 16, null, tuple(7, null, null, null, null, null, null)));
    RecordChange<Order> deleted = changes(Order.class, change).get(0);
    assertThat(deleted.isDelete()).isTrue();
    assertThat(deleted.oldRow()).isEmpty();
    assertThat(deleted.change().getOld("id")).isEqualTo(7);
    assertThatThrownBy(deleted::row)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("DELETE public.orders at 0/10#1 has no new row");
  }

  @Test
  void theOldRowIsARecordIfItIsWhole() throws Exception {
    io.tidemark.gateway.wire.Event event = row(Row.Op.UPDATE, 16, order("new"), order("old"));
    RowChange change =
        Rows.change(
            TABLE, event.toBuilder().setRow(event.getRow().toBuilder().setOldIsRow(true)).build());
    RecordChange<Order> updated = changes(Order.class, change).get(0);
    assertThat(updated.oldRow().orElseThrow().note().get()).isEqualTo("old");
    assertThat(updated.row().note().get()).isEqualTo("new");
  }

  @Test
  void missingColumnsAreListedWithThoseThereAre() {
    record Wrong(int id, String customerName, String zip) {}
    assertThatThrownBy(() -> changes(Wrong.class, update(order("x"))))
        .isInstanceOf(ConsumerException.class)
        .hasMessageContaining(
            "Wrong needs 'customer_name', 'zip' of table public.orders, which has 'id',"
                + " 'customer_id', 'total', 'placed', 'state', 'sizes', 'note'");
  }

  @Test
  void columnsMayChangeAsLongAsThereAreThoseOfTheRecord() throws Exception {
    record Note(long id, String note) {}
    List<RecordChange<Note>> notes = new ArrayList<>();
    AsyncHandler<RowChange> handler =
        new RecordMapping<>(Note.class)
            .handler(Handlers.direct((RecordChange<Note> c) -> notes.add(c)));
    Column id = new Column("id", INT4, -1, 1);
    Column note = new Column("note", TEXT, -1, 2);
    Column more = new Column("more", TEXT, -1, 3);
    handler.handle(changed(tuple(1, "a"), id, note));
    handler.handle(changed(tuple(2, "b", "more"), id, note, more));
    handler.handle(changed(tuple("more", "c", 3), more, note, id));
    Column wide = new Column("id", PgType.base(20, "bigint"), -1, 1);
    handler.handle(changed(tuple(4L, "d"), wide, note));
    assertThat(notes)
        .extracting(RecordChange::row)
        .containsExactly(new Note(1, "a"), new Note(2, "b"), new Note(3, "c"), new Note(4, "d"));

    assertThatThrownBy(() -> handler.handle(changed(tuple(5), id)))
        .isInstanceOf(ConsumerException.class)
        .hasMessageContaining("Note needs 'note' of table public.orders, which has 'id'");
    Column remark = new Column("remark", TEXT, -1, 2);
    assertThatThrownBy(() -> handler.handle(changed(tuple(5, "e"), id, remark)))
        .as("a column is known by its name")
        .isInstanceOf(ConsumerException.class);
    handler.handle(changed(tuple(6, "f"), id, note));
    assertThat(notes).hasSize(5);
  }

  private static RowChange changed(ByteString newRow, Column... columns) {
    return Rows.change(Rows.table("orders", columns), row(Row.Op.INSERT, 16, newRow, null));
  }

  @Test
  void whatDoesNotFitIsNamedWithoutItsValue() {
    record Narrow(short customerId) {}
    assertThatThrownBy(() -> read(Narrow.class, update(order("x"))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("component customerId of ")
        .hasMessageContaining("column 'customer_id' of UPDATE public.orders at 0/10#1")
        .hasMessageEndingWith(": short overflow");
    record Other(int note) {}
    assertThatThrownBy(() -> read(Other.class, update(order("secret"))))
        .hasMessageEndingWith("it has a String here, not a Integer");
    assertThatThrownBy(() -> read(Other.class, update(order(null))))
        .hasMessageEndingWith("it is null; declare the component as Integer");
    record Constant(State note) {}
    assertThatThrownBy(() -> read(Constant.class, update(order("secret"))))
        .hasMessageContaining("none of the constants")
        .hasMessageNotContaining("secret");
  }

  @Test
  void aTypeThatNoColumnHasIsRefusedAtOnce() {
    record Odd(Thread id) {}
    assertThatThrownBy(() -> new RecordMapping<>(Odd.class))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("component id of ")
        .hasMessageContaining("no column has values of type java.lang.Thread");
    record Tiny(char id) {}
    assertThatThrownBy(() -> new RecordMapping<>(Tiny.class))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void namesBecomeSnakeCase() {
    assertThat(RecordMapping.snakeCase("customerId")).isEqualTo("customer_id");
    assertThat(RecordMapping.snakeCase("line2Text")).isEqualTo("line2_text");
    assertThat(RecordMapping.snakeCase("parentURL")).isEqualTo("parent_url");
    assertThat(RecordMapping.snakeCase("URLPath")).isEqualTo("url_path");
    assertThat(RecordMapping.snakeCase("id")).isEqualTo("id");
  }
}
