package io.tidemark.source.simulation;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tidemark.postgres.Column;
import io.tidemark.postgres.PgType;
import io.tidemark.postgres.RowKey;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.catalog.PhysicalTable;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A table at one time: its columns, all text, of which the first is the key, or with another
 * replica identity the first two, its file, and its rows by the first. Immutable.
 *
 * @param fileNode another one after whatever rewrites the table
 * @param pages how many pages it has: rows lie on pages from 0 to below
 */
public record SimulatedTable(
    TableSchema schema, long fileNode, int pages, SortedMap<String, Row> rows) {
  private static final PgType TEXT = PgType.base(25, "text");

  /** A row: its values by column, null for NULL, and the page that it lies on. */
  public record Row(Map<String, String> values, int page) {
    String get(String column) {
      return values.get(column);
    }
  }

  /** Rows with such keys are left out by the publication's row filter. */
  static boolean isPublished(String key) {
    return !key.startsWith("h");
  }

  /** TOAST values, which updates that do not change them leave out. */
  static boolean isToast(String value) {
    return value != null && value.startsWith("T");
  }

  static TableSchema schema(TableName name, ReplicaIdentity identity, List<String> columns) {
    List<Column> all = new ArrayList<>();
    columns.forEach(column -> all.add(new Column(column, TEXT, -1)));
    int[] key = identity == ReplicaIdentity.INDEX ? new int[] {0, 1} : new int[] {0};
    return new TableSchema(name.name().hashCode(), name, identity, all, key);
  }

  SimulatedTable withRows(Map<String, Row> changed, int atLeastPages) {
    return new SimulatedTable(
        schema, fileNode, Math.max(pages, atLeastPages), new TreeMap<>(changed));
  }

  List<String> columns() {
    return schema.columns().stream().map(Column::name).toList();
  }

  /** What a plan knows of it. */
  public PhysicalTable planned() {
    return new PhysicalTable(
        schema, schema.oid(), schema.name(), fileNode, shape(), "left(id, 1) <> 'h'");
  }

  private long shape() {
    return List.of(columns(), schema.keyNames()).hashCode();
  }

  /** Whether the plan is of this very table. */
  public boolean isAs(PhysicalTable plan) {
    return plan.fileNode() == fileNode && plan.shape() == shape();
  }

  /** A row as COPY has it, with the columns of the plan. */
  public static byte[] copy(TableSchema schema, Row row) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.write(0);
    bytes.write(schema.columns().size());
    for (Column column : schema.columns()) {
      String value = row.get(column.name());
      if (value == null) {
        bytes.writeBytes(new byte[] {-1, -1, -1, -1});
      } else {
        put(bytes, value);
      }
    }
    return bytes.toByteArray();
  }

  /** The key of the row with these values of the key's columns. */
  public static RowKey key(List<String> values) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.write(0);
    bytes.write(values.size());
    values.forEach(value -> put(bytes, value));
    return new RowKey(bytes.toByteArray());
  }

  /** The values of a row's key as the table has it; some may be null. */
  List<String> keyOf(Row row) {
    return schema.keyNames().stream().map(row::get).toList();
  }

  /** A row as the stream has it, without the values of some columns. */
  static Tuple pgoutput(TableSchema schema, Row row, Set<String> unchanged) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.write(0);
    bytes.write(schema.columns().size());
    for (Column column : schema.columns()) {
      String value = row.get(column.name());
      if (unchanged.contains(column.name())) {
        bytes.write('u');
      } else if (value == null) {
        bytes.write('n');
      } else {
        bytes.write('b');
        put(bytes, value);
      }
    }
    return new Tuple(bytes.toByteArray(), 0, bytes.size(), Tuple.Layout.PGOUTPUT);
  }

  private static void put(ByteArrayOutputStream bytes, String value) {
    byte[] utf8 = value.getBytes(UTF_8);
    bytes.writeBytes(ByteBuffer.allocate(4).putInt(utf8.length).array());
    bytes.writeBytes(utf8);
  }

  /** A tuple's values by column, without those of unchanged ones. */
  static Map<String, String> values(TableSchema schema, Tuple tuple) {
    Map<String, String> values = new HashMap<>();
    for (int i = 0; i < tuple.size(); i++) {
      if (!tuple.isUnchanged(i)) {
        byte[] value = tuple.value(i);
        values.put(schema.columns().get(i).name(), value == null ? null : new String(value, UTF_8));
      }
    }
    return values;
  }
}
