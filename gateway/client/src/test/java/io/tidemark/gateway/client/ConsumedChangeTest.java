package io.tidemark.gateway.client;

import static io.tidemark.gateway.client.Rows.UNCHANGED;
import static io.tidemark.gateway.client.Rows.change;
import static io.tidemark.gateway.client.Rows.row;
import static io.tidemark.gateway.client.Rows.tuple;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.tidemark.gateway.event.EventDecoder;
import io.tidemark.gateway.wire.Commit;
import io.tidemark.gateway.wire.Dump;
import io.tidemark.gateway.wire.Event;
import io.tidemark.gateway.wire.LogicalMessage;
import io.tidemark.gateway.wire.Row;
import io.tidemark.gateway.wire.Truncate;
import io.tidemark.postgres.Column;
import io.tidemark.postgres.PgType;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.change.Op;
import io.tidemark.postgres.change.Position;
import io.tidemark.postgres.change.RowChange;
import java.time.Instant;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class ConsumedChangeTest {
  @Test
  void aChangeHasItsPlaceAndItsTransaction() {
    RowChange change = change(row(Row.Op.UPDATE, 0x16B_3748, tuple(1, "x"), null));
    assertThat(change.op()).isEqualTo(Op.UPDATE);
    assertThat(change.table()).isEqualTo("public.orders");
    assertThat(change.commitLsn()).isEqualTo(0x16B_3748);
    assertThat(change.ordinal()).isEqualTo(1);
    assertThat(change.committedAt()).contains(Instant.parse("2000-01-01T00:00:01Z"));
    assertThat(change.xid()).isEqualTo(731);
    assertThat(change.dumpRequest()).isZero();
    assertThat(change).hasToString("UPDATE public.orders at 0/16B3748#1");
  }

  @Test
  void aReadRowMayBeInCopysFormAndOfADump() {
    ByteString copied =
        ByteString.copyFrom(HexFormat.of().parseHex("0002" + "00000004" + "00000007" + "ffffffff"));
    Event event =
        Event.newBuilder()
            .setRow(
                Row.newBuilder()
                    .setTable(Rows.ORDERS_ID)
                    .setNewRow(copied)
                    .setCopyForm(true)
                    .setCommitLsn(16)
                    .setDump(Dump.newBuilder().setId(5).setLast(true)))
            .build();
    RowChange change = change(event);
    assertThat(change.op()).isEqualTo(Op.READ);
    assertThat(change.getInt("id")).isEqualTo(7);
    assertThat(change.isNull("note")).isTrue();
    assertThat(change.committedAt()).isEmpty();
    assertThat(change.xid()).isZero();
    assertThat(change.dumpRequest()).isEqualTo(5);
    assertThat(change.isLastOfDump()).isTrue();
  }

  @Test
  void unchangedIsToldFromNull() {
    RowChange unchanged = change(row(Row.Op.UPDATE, 16, tuple(1, UNCHANGED), null));
    assertThat(unchanged.isUnchanged("note")).isTrue();
    assertThat(Value.in(unchanged, "note").isUnchanged()).isTrue();
    assertThatThrownBy(() -> unchanged.getString("note"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("isUnchanged");
    RowChange nothing = change(row(Row.Op.UPDATE, 16, tuple(1, null), null));
    assertThat(nothing.isUnchanged("note")).isFalse();
    assertThat(Value.in(nothing, "note")).isEqualTo(Value.of(null));
  }

  @Test
  void jsonLeavesOutWhatIsUnchanged() {
    assertThat(change(row(Row.Op.UPDATE, 16, tuple(1, UNCHANGED), null)).toJson())
        .isEqualTo(
            """
            {"op":"update","schema":"public","table":"orders",\
            "position":{"lsn":"0/10","ordinal":1},"commitTime":"2000-01-01T00:00:01Z","xid":731,\
            "key":{"id":1},"new":{"id":1},"unchanged":["note"]}""");
    assertThat(change(row(Row.Op.INSERT, 16, tuple(1, null), null)).toJson())
        .endsWith("\"new\":{\"id\":1,\"note\":null}}");
    assertThat(change(row(Row.Op.DELETE, 16, null, tuple(1, null))).toJson())
        .endsWith("\"key\":{\"id\":1},\"old\":{\"id\":1}}");
  }

  @Test
  void aDeletionHasItsKey() {
    RowChange change = change(row(Row.Op.DELETE, 16, null, tuple(1, null)));
    assertThat(change.isDelete()).isTrue();
    assertThat(change.getOld("id")).isEqualTo(1);
    assertThat(change.hasOld("note")).isFalse();
  }

  @Test
  void aMalformedValueIsNamedByItsColumn() {
    TableSchema table = Rows.table("orders", new Column("id", PgType.base(20, "bigint"), -1));
    assertThatThrownBy(() -> change(table, row(Row.Op.INSERT, 16, tuple(1), null)).getLong("id"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("column id of INSERT public.orders at 0/10#1")
        .hasMessageContaining("4 bytes long, is malformed");
  }

  @Test
  void otherEventsHaveTheirPlacesToo() {
    EventDecoder decoder = new EventDecoder();
    decoder.define(Rows.orders().getTable());
    assertThat(
            decoder.change(
                Event.newBuilder()
                    .setTruncate(
                        Truncate.newBuilder()
                            .setTable(Rows.ORDERS_ID)
                            .setCommitLsn(16)
                            .setOrdinal(2)
                            .setCommitTime(1_000_000)
                            .setXid(-1)
                            .setCascade(true))
                    .build()))
        .isEqualTo(
            new io.tidemark.postgres.change.Truncate(
                new Position(16, 2), 1_000_000, -1, Rows.ORDERS, true, false));
    assertThat(
            decoder.change(
                Event.newBuilder()
                    .setCommit(Commit.newBuilder().setCommitLsn(16).setOrdinal(3).setEndLsn(32))
                    .build()))
        .isEqualTo(new io.tidemark.postgres.change.Commit(new Position(16, 3), 32, 0));
    assertThat(
            decoder.change(
                Event.newBuilder()
                    .setMessage(
                        LogicalMessage.newBuilder()
                            .setCommitLsn(16)
                            .setPrefix("p")
                            .setContent(ByteString.copyFromUtf8("secret")))
                    .build()))
        .hasToString("message of 6 bytes at 0/10#0");
  }
}
