package io.tidemark.benchmarks;

import io.tidemark.postgres.Column;
import io.tidemark.postgres.PgType;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Rows of {@link BenchmarkDatabase}'s tables, as PostgreSQL sends them. */
final class SampleRows {
  static final int TABLE_OID = 16_384;
  static final TableSchema SCHEMA =
      new TableSchema(
          TABLE_OID,
          new TableName("public", "dumped"),
          ReplicaIdentity.DEFAULT,
          List.of(
              new Column("id", PgType.base(20, "bigint"), -1),
              new Column("name", PgType.base(25, "text"), -1),
              new Column("n", PgType.base(23, "integer"), -1),
              new Column("at", PgType.base(1184, "timestamp with time zone"), -1),
              new Column("amount", PgType.base(1700, "numeric"), -1)),
          0);

  private static final byte[] NAME =
      "0123456789abcdef0123456789abcdefxxxxxxxxxxxxxxxxxx".getBytes(StandardCharsets.UTF_8);
  private static final short[] AMOUNT = {3, 1, 0, 2, 12, 3456, 7800};

  private SampleRows() {}

  /** A row in COPY's binary layout. */
  static byte[] copyRow(long id) {
    ByteBuffer row = ByteBuffer.allocate(256).putShort((short) SCHEMA.columns().size());
    values(row, id, false);
    return bytes(row);
  }

  /** A tuple in pgoutput's layout. */
  static byte[] pgoutputRow(long id) {
    ByteBuffer row = ByteBuffer.allocate(256).putShort((short) SCHEMA.columns().size());
    values(row, id, true);
    return bytes(row);
  }

  /** pgoutput's message that announces the table. */
  static byte[] relationMessage() {
    ByteBuffer message = ByteBuffer.allocate(512).put((byte) 'R').putInt(TABLE_OID);
    string(message, SCHEMA.name().schema());
    string(message, SCHEMA.name().name());
    message.put((byte) SCHEMA.identity().code()).putShort((short) SCHEMA.columns().size());
    for (int i = 0; i < SCHEMA.columns().size(); i++) {
      Column column = SCHEMA.columns().get(i);
      message.put((byte) (SCHEMA.isKey(i) ? 1 : 0));
      string(message, column.name());
      message.putInt(column.type().oid()).putInt(column.typeModifier());
    }
    return bytes(message);
  }

  /** pgoutput's message that a row was inserted. */
  static byte[] insertMessage(long id) {
    return bytes(
        ByteBuffer.allocate(512)
            .put((byte) 'I')
            .putInt(TABLE_OID)
            .put((byte) 'N')
            .put(pgoutputRow(id)));
  }

  /** pgoutput's message that a row was updated, its key kept. */
  static byte[] updateMessage(long id) {
    byte[] message = insertMessage(id);
    message[0] = 'U';
    return message;
  }

  private static void values(ByteBuffer row, long id, boolean kinds) {
    length(row, kinds, Long.BYTES).putLong(id);
    length(row, kinds, NAME.length).put(NAME);
    length(row, kinds, Integer.BYTES).putInt((int) id);
    length(row, kinds, Long.BYTES).putLong(800_000_000_000_000L + id);
    length(row, kinds, AMOUNT.length * Short.BYTES);
    for (short part : AMOUNT) {
      row.putShort(part);
    }
  }

  private static ByteBuffer length(ByteBuffer row, boolean kind, int length) {
    if (kind) {
      row.put((byte) 'b');
    }
    return row.putInt(length);
  }

  private static void string(ByteBuffer message, String value) {
    message.put(value.getBytes(StandardCharsets.UTF_8)).put((byte) 0);
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.flip().remaining()];
    buffer.get(bytes);
    return bytes;
  }
}
