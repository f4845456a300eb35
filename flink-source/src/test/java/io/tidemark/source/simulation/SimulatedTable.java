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
import java.util.stream.IntStream;

/**
 * A table at one time: its columns, of which the first is the key, or with another replica identity
 * the first two, its file, and its rows by the first. Immutable.
 *
 * @param fileNode another one after whatever rewrites the table
 * @param pages how many pages it has: rows lie on pages from 0 to below
 * @param isPublished whether the publication has it
 */
public record SimulatedTable(
    TableSchema schema,
    long fileNode,
    int pages,
    SortedMap<String, Row> rows,
    boolean isPublished) {
  static final PgType TEXT = PgType.base(25, "text");

  /** A published table. */
  public SimulatedTable(TableSchema schema, long fileNode, int pages, SortedMap<String, Row> rows) {
    this(schema, fileNode, pages, rows, true);
  }

  /** A row: its values by {@link #id}, null for NULL, and the page that it lies on. */
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

  /** What a column keeps over every rename, as far as it has a number. */
  static String id(Column column) {
    return switch (column.number()) {
      case 0 -> column.name();
      case 1 -> "id";
      case 2 -> "u";
      default -> "#" + column.number();
    };
  }

  /** The oid of a table that begins under this name. */
  public static int oid(TableName name) {
    return name.name().hashCode();
  }

  static TableSchema schema(TableName name, ReplicaIdentity identity, List<String> columns) {
    List<Column> all = new ArrayList<>();
    columns.forEach(column -> all.add(new Column(column, TEXT, -1)));
    int[] key = identity == ReplicaIdentity.INDEX ? new int[] {0, 1} : new int[] {0};
    return new TableSchema(oid(name), name, identity, all, key);
  }

  SimulatedTable withRows(Map<String, Row> changed, int atLeastPages) {
    return new SimulatedTable(
        schema, fileNode, Math.max(pages, atLeastPages), new TreeMap<>(changed), isPublished);
  }

  /** The same rows, as far as they have these columns. */
  SimulatedTable withSchema(TableSchema other) {
    return new SimulatedTable(other, fileNode, pages, rows, isPublished);
  }

  /** In another file. */
  SimulatedTable rewritten(long file, int newPages, SortedMap<String, Row> newRows) {
    return new SimulatedTable(schema, file, newPages, newRows, isPublished);
  }

  /** In the publication, or not. */
  SimulatedTable published(boolean now) {
    return new SimulatedTable(schema, fileNode, pages, rows, now);
  }

  /** The ids of its columns. */
  List<String> columns() {
    return schema.columns().stream().map(SimulatedTable::id).toList();
  }

  /** What a plan knows of it. */
  public PhysicalTable planned() {
    return new PhysicalTable(
        schema, schema.oid(), schema.name(), fileNode, shape(), "left(id, 1) <> 'h'");
  }

  private long shape() {
    return List.of(schema.columns(), schema.keyNames()).hashCode();
  }

  /** Whether the plan is of this very table. */
  public boolean isAs(PhysicalTable plan) {
    return plan.oid() == schema.oid() && plan.fileNode() == fileNode && plan.shape() == shape();
  }

  /** A row as COPY has it, with the columns of the plan. */
  public static byte[] copy(TableSchema schema, Row row) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.write(0);
    bytes.write(schema.columns().size());
    for (Column column : schema.columns()) {
      String value = row.get(id(column));
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
    return keyIds(schema).stream().map(row::get).toList();
  }

  /** The ids of the key's columns. */
  static List<String> keyIds(TableSchema schema) {
    return IntStream.range(0, schema.keySize())
        .mapToObj(i -> id(schema.columns().get(schema.keyColumn(i))))
        .toList();
  }

  /** A row as the stream has it, without the values of some columns. */
  static Tuple pgoutput(TableSchema schema, Row row, Set<String> unchanged) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.write(0);
    bytes.write(schema.columns().size());
    for (Column column : schema.columns()) {
      String value = row.get(id(column));
      if (unchanged.contains(id(column))) {
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

  /** A tuple's values by the columns' ids, without those of unchanged ones. */
  static Map<String, String> values(TableSchema schema, Tuple tuple) {
    Map<String, String> values = new HashMap<>();
    for (int i = 0; i < tuple.size(); i++) {
      if (!tuple.isUnchanged(i)) {
        byte[] value = tuple.value(i);
        values.put(id(schema.columns().get(i)), value == null ? null : new String(value, UTF_8));
      }
    }
    return values;
  }
}
