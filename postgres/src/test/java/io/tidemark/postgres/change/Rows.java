package io.tidemark.postgres.change;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tidemark.postgres.Column;
import io.tidemark.postgres.PgType;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.postgres.Tuple;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** Rows as pgoutput sends them, in binary. */
public final class Rows {
  /** A TOAST value that was not sent. */
  public static final Object UNCHANGED = new Object();

  private Rows() {}

  /** A table with columns of these types named a, b, c... */
  static TableSchema table(List<PgType> types, int... key) {
    List<Column> columns = new ArrayList<>();
    for (PgType type : types) {
      columns.add(new Column(String.valueOf((char) ('a' + columns.size())), type, -1));
    }
    return new TableSchema(
        16384, new TableName("public", "t"), ReplicaIdentity.DEFAULT, columns, key);
  }

  /** Values are Long (8 bytes), Integer (4), String (text), {@link #hex}, UNCHANGED or null. */
  public static Tuple row(Object... values) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(0);
    out.write(values.length);
    for (Object value : values) {
      if (value == null) {
        out.write('n');
      } else if (value.equals(UNCHANGED)) {
        out.write('u');
      } else {
        byte[] bytes = bytes(value);
        out.write('b');
        out.writeBytes(bytes(bytes.length));
        out.writeBytes(bytes);
      }
    }
    return new Tuple(out.toByteArray(), 0, out.size(), Tuple.Layout.PGOUTPUT);
  }

  /** Bytes in hexadecimal, fields set apart by spaces. */
  static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits.replace(" ", ""));
  }

  private static byte[] bytes(Object value) {
    if (value instanceof Long number) {
      return ByteBuffer.allocate(8).putLong(number).array();
    } else if (value instanceof Integer number) {
      return ByteBuffer.allocate(4).putInt(number).array();
    } else if (value instanceof String text) {
      return text.getBytes(UTF_8);
    }
    return (byte[]) value;
  }
}
