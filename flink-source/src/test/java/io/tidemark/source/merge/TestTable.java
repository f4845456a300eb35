package io.tidemark.source.merge;

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
import java.util.List;

/** Tables whose columns are all text, and their rows in both layouts. */
final class TestTable {
  /** Stands for unchanged TOAST among values. */
  static final String UNCHANGED = "(unchanged)";

  static final PgType TEXT = PgType.base(25, "text");
  static final PgType ACL = new PgType(1033, "aclitem", PgType.Kind.BASE, null, false);

  private TestTable() {}

  static TableName name(String table) {
    return new TableName("public", table);
  }

  /** A table keyed by its first column. */
  static TableSchema schema(String table, ReplicaIdentity identity, String... columns) {
    List<Column> all = new ArrayList<>();
    for (String column : columns) {
      all.add(new Column(column, column.equals("acl") ? ACL : TEXT, -1));
    }
    return new TableSchema(table.hashCode(), name(table), identity, all, 0);
  }

  /** A row as the stream has it; columns of the type aclitem as text. */
  static Tuple pgoutput(TableSchema schema, String... values) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(new byte[] {0, (byte) values.length});
    for (int i = 0; i < values.length; i++) {
      if (values[i] == null) {
        bytes.write('n');
      } else if (isUnchanged(values[i])) {
        bytes.write('u');
      } else {
        bytes.write(schema.columns().get(i).type().binary() ? 'b' : 't');
        put(bytes, values[i]);
      }
    }
    return new Tuple(bytes.toByteArray(), 0, bytes.size(), Tuple.Layout.PGOUTPUT);
  }

  /** A row as COPY has it. */
  static byte[] copy(String... values) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(new byte[] {0, (byte) values.length});
    for (String value : values) {
      if (value == null) {
        bytes.writeBytes(new byte[] {-1, -1, -1, -1});
      } else {
        put(bytes, value);
      }
    }
    return bytes.toByteArray();
  }

  /** A row's values, as they were given. */
  static List<String> values(Tuple tuple) {
    List<String> values = new ArrayList<>();
    for (int i = 0; i < tuple.size(); i++) {
      byte[] value = tuple.value(i);
      values.add(
          tuple.isUnchanged(i) ? UNCHANGED : value == null ? null : new String(value, UTF_8));
    }
    return values;
  }

  static boolean isUnchanged(String value) {
    return UNCHANGED.equals(value);
  }

  private static void put(ByteArrayOutputStream bytes, String value) {
    byte[] utf8 = value.getBytes(UTF_8);
    bytes.writeBytes(ByteBuffer.allocate(4).putInt(utf8.length).array());
    bytes.writeBytes(utf8);
  }
}
