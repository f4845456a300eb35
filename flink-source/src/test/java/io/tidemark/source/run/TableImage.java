package io.tidemark.source.run;

import io.tidemark.postgres.KeyExtractor;
import io.tidemark.postgres.RowKey;
import io.tidemark.postgres.Sql;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.Op;
import io.tidemark.postgres.change.Position;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.change.Truncate;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.sql.Connection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.zip.CRC32;
import org.postgresql.PGConnection;

/**
 * What a consumer holds of one table after applying changes, and what the table itself holds; each
 * as key to the values in binary, as hexadecimal text, so that differences read well.
 */
public final class TableImage {
  private TableImage() {}

  /** A row and the change that it came by last. */
  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  private record Held(Position position, String[] values) {}

  /**
   * Applies the table's changes in order; unchanged TOAST values are kept from the held row. A
   * TRUNCATE comes once by each lane, and what another lane has sent after its own stays.
   */
  public static Map<String, String> fold(List<Change> changes, TableName name) {
    Map<RowKey, Held> rows = new HashMap<>();
    IdentityHashMap<TableSchema, KeyExtractor> keys = new IdentityHashMap<>();
    for (Change change : changes) {
      if (change instanceof Truncate truncate && truncate.schema().name().equals(name)) {
        rows.values().removeIf(row -> row.position.compareTo(truncate.position()) < 0);
      } else if (change instanceof RowChange row && row.schema().name().equals(name)) {
        apply(row, keys.computeIfAbsent(row.schema(), KeyExtractor::new), rows);
      }
    }
    Map<String, String> image = new TreeMap<>();
    rows.forEach(
        (key, row) ->
            image.put(hex(key.array(), 0, key.array().length), String.join("|", row.values)));
    return image;
  }

  private static void apply(RowChange row, KeyExtractor keys, Map<RowKey, Held> rows) {
    RowKey oldKey = row.oldTuple() == null ? null : keys.key(row.oldTuple());
    if (row.op() == Op.DELETE) {
      rows.remove(oldKey);
      return;
    }
    RowKey key = keys.key(row.newTuple(), row.oldTuple());
    Held held = rows.get(oldKey == null ? key : oldKey);
    if (oldKey != null && !oldKey.equals(key)) {
      rows.remove(oldKey);
    }
    String[] values = values(row.newTuple(), held == null ? null : held.values);
    rows.put(key, new Held(row.position(), values));
  }

  private static String[] values(Tuple tuple, String[] held) {
    String[] values = new String[tuple.size()];
    for (int i = 0; i < values.length; i++) {
      if (tuple.isUnchanged(i)) {
        values[i] = held == null ? "unknown" : held[i];
      } else {
        values[i] =
            tuple.isNull(i)
                ? "null"
                : hex(tuple.array(), tuple.valueOffset(i), tuple.valueLength(i));
      }
    }
    return values;
  }

  /** Reads the table's rows as they are now. The schema says which columns and which key. */
  public static Map<String, String> read(Connection connection, TableSchema schema)
      throws Exception {
    Map<String, String> image = new TreeMap<>();
    KeyExtractor keys = new KeyExtractor(schema);
    String columns =
        String.join(
            ", ", schema.columns().stream().map(column -> Sql.identifier(column.name())).toList());
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    connection
        .unwrap(PGConnection.class)
        .getCopyAPI()
        .copyOut(
            "COPY (SELECT "
                + columns
                + " FROM "
                + schema.name().quoted()
                + ") TO STDOUT (FORMAT binary)",
            bytes);
    byte[] all = bytes.toByteArray();
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(all));
    in.skipNBytes(19);
    for (int at = 19; ; ) {
      int start = at;
      short count = in.readShort();
      at += 2;
      if (count < 0) {
        return image;
      }
      for (int i = 0; i < count; i++) {
        int length = Math.max(0, in.readInt());
        in.skipNBytes(length);
        at += 4 + length;
      }
      Tuple tuple = new Tuple(all, start, at - start, Tuple.Layout.COPY);
      byte[] key = keys.key(tuple).array();
      image.put(hex(key, 0, key.length), String.join("|", values(tuple, null)));
    }
  }

  /** Fails the test if what came after the image was the table's has spoilt it. */
  static void requireStillEqual(
      Map<String, String> expected, List<Change> changes, TableName name) {
    Map<String, String> held = fold(changes, name);
    if (!held.equals(expected)) {
      throw new AssertionError(name + " was equal: " + difference(expected, held));
    }
  }

  /** How many rows are missing, extra and different, with the first of each. */
  public static String difference(Map<String, String> expected, Map<String, String> held) {
    List<String> missing = expected.keySet().stream().filter(k -> !held.containsKey(k)).toList();
    List<String> extra = held.keySet().stream().filter(k -> !expected.containsKey(k)).toList();
    List<String> different =
        expected.entrySet().stream()
            .filter(e -> held.containsKey(e.getKey()) && !held.get(e.getKey()).equals(e.getValue()))
            .map(e -> e.getKey() + ": " + e.getValue() + " held as " + held.get(e.getKey()))
            .toList();
    return "%d missing %s, %d extra %s, %d different %s"
        .formatted(
            missing.size(),
            first(missing),
            extra.size(),
            first(extra),
            different.size(),
            first(different));
  }

  private static List<String> first(List<String> all) {
    return all.subList(0, Math.min(3, all.size()));
  }

  /** The newest schema that the changes have of the table. */
  public static TableSchema schema(List<Change> changes, TableName name) {
    TableSchema schema = null;
    for (Change change : changes) {
      if (change instanceof RowChange row && row.schema().name().equals(name)) {
        schema = row.schema();
      }
    }
    return Objects.requireNonNull(schema, () -> "no change of " + name);
  }

  private static String hex(byte[] bytes, int offset, int length) {
    if (length > 64) {
      CRC32 sum = new CRC32();
      sum.update(bytes, offset, length);
      return length + " bytes " + Long.toHexString(sum.getValue());
    }
    return HexFormat.of().formatHex(bytes, offset, offset + length);
  }
}
