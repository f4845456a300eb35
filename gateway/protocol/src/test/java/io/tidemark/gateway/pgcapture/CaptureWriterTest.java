package io.tidemark.gateway.pgcapture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.tidemark.gateway.event.TableCodec;
import io.tidemark.gateway.wire.Batch;
import io.tidemark.gateway.wire.Event;
import io.tidemark.gateway.wire.Row;
import io.tidemark.gateway.wire.pgcapture.CaptureMessage;
import io.tidemark.gateway.wire.pgcapture.Change;
import io.tidemark.postgres.Column;
import io.tidemark.postgres.PgType;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import java.io.IOException;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class CaptureWriterTest {
  private static final int TABLE = 7;
  private static final TableSchema SCHEMA =
      new TableSchema(
          16_384,
          new TableName("public", "t"),
          ReplicaIdentity.DEFAULT,
          List.of(
              new Column("id", PgType.base(23, "integer"), -1),
              new Column("note", PgType.base(25, "text"), -1)),
          0);
  private static final String ID = "62 00000004 00000007";

  private final CaptureWriter writer = new CaptureWriter(1);

  @Test
  void aRowBecomesOneMessage() throws Exception {
    writer.begin(batch(insert("0002" + ID + "6e").build()));
    Change change = CaptureMessage.parseFrom(writer.next()).getChange();
    assertThat(change.getTable()).isEqualTo("t");
    assertThat(change.getNewCount()).isEqualTo(2);
    assertThat(writer.next()).isNull();
    assertThat(writer.isWithinBatch()).isFalse();
  }

  @Test
  void aRowThatIsNoneEndsWithItsTableAndPlace() {
    assertRefused("a row of 1 columns instead of 2", insert("0001" + ID));
    assertRefused("the row ends before column 2", insert("0002" + ID));
    assertRefused("column 2 claims 3 bytes, where 1 are left", insert("0002 6e 62 00000003 78"));
    assertRefused("column 2 is of the kind 0x78", insert("0002 6e 78"));
    assertRefused("the row's columns end at byte 4 of 5", insert("0002 6e 6e 6e"));
    assertRefused("the row ends before its number of columns", insert(""));
    assertRefused("column 1 claims -2 bytes", insert("0002 fffffffe").setCopyForm(true));
    assertRefused("the row ends before column 1", insert("0002 6e 6e").setOldRow(bytes("0002")));
    assertRefused("DELETE", insert("").setOp(Row.Op.DELETE).setOldRow(bytes("0002 6e")));
  }

  private void assertRefused(String problem, Row.Builder row) {
    Row update = row.getOp() == Row.Op.DELETE ? row.build() : row.setOp(Row.Op.UPDATE).build();
    writer.begin(batch(update));
    assertThatThrownBy(writer::next)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("of table public.t at 0/10: ")
        .hasMessageContaining(problem);
  }

  private static Row.Builder insert(String row) {
    return Row.newBuilder()
        .setTable(TABLE)
        .setOp(Row.Op.INSERT)
        .setCommitLsn(16)
        .setOrdinal(1)
        .setNewRow(bytes(row));
  }

  private static ByteString batch(Row row) {
    return Batch.newBuilder()
        .addEvents(Event.newBuilder().setTable(TableCodec.toWire(TABLE, SCHEMA)))
        .addEvents(Event.newBuilder().setSequence(1).setRow(row))
        .build()
        .toByteString();
  }

  private static ByteString bytes(String hex) {
    return ByteString.copyFrom(HexFormat.of().parseHex(hex.replace(" ", "")));
  }
}
