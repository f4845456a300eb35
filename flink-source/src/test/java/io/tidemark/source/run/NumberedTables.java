package io.tidemark.source.run;

import io.tidemark.postgres.Column;
import io.tidemark.postgres.Sql;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.Ddl;
import io.tidemark.postgres.change.Op;
import io.tidemark.postgres.change.Position;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.change.SchemaChange;
import io.tidemark.postgres.change.Truncate;
import io.tidemark.postgres.ddl.TableRewrite;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * A consumer that keeps tables by the numbers of their columns, each value as text, in whatever
 * order lanes tell it; and what the tables themselves hold.
 *
 * <p>A table without a key is kept by whole rows, which have to differ.
 */
public final class NumberedTables {
  private final Map<Integer, Held> tables = new HashMap<>();

  /** A table. */
  private static final class Held {
    /** The newest of any lane, and where it was told. */
    TableSchema schema;

    Position since = BEGINNING;
    boolean gone;

    /** Rows of before are dumped again, or are no more, whatever lane tells them yet. */
    Position rewritten = BEGINNING;

    /** By where they were told: rows of one lane can come after another lane's newer schema. */
    final TreeMap<Position, TableSchema> schemas = new TreeMap<>();

    Map<List<String>, Row> rows = new HashMap<>();
    final Map<Integer, String> missing = new HashMap<>();
  }

  private static final Position BEGINNING = new Position(0, 0);

  private record Row(Position position, Map<Integer, String> values) {}

  /** A table's columns and rows; equal if both are. */
  public record Image(List<String> columns, List<String> rows) {}

  /** What was captured, with changes applied in order. */
  public static NumberedTables of(List<Change> changes) {
    NumberedTables tables = new NumberedTables();
    changes.forEach(tables::apply);
    return tables;
  }

  private void apply(Change change) {
    if (change instanceof SchemaChange schema) {
      apply(schema);
    } else if (change instanceof RowChange row) {
      apply(row);
    } else if (change instanceof Truncate truncate) {
      forget(held(truncate.schema()), truncate.position());
    } else if (change instanceof Ddl ddl) {
      ddl.statement()
          .rewrite()
          .filter(TableRewrite::changesValues)
          .ifPresent(rewrite -> rewritten(rewrite.table(), ddl.position()));
    }
  }

  /** It comes once by each lane, and what another lane has sent after its own stays. */
  private void apply(SchemaChange change) {
    Held held = held(change.isGone() ? change.before() : change.after());
    if (change.isGone() || change.hasNewKey()) {
      // All of it is dumped again, if it is captured at all.
      forget(held, change.position());
    }
    if (!change.isGone()) {
      held.schemas.put(change.position(), change.after());
      change
          .added()
          .forEach(
              added ->
                  change.missing(added).ifPresent(text -> held.missing.put(added.number(), text)));
    }
    if (change.position().compareTo(held.since) >= 0) {
      held.since = change.position();
      held.gone = change.isGone();
      held.schema = change.isGone() ? held.schema : change.after();
      keyAnew(held);
    }
  }

  /**
   * A table whose rows have other values is dumped again. Where there is a key that brings each row
   * up to date; where there is none no row is what it was.
   */
  private void rewritten(int oid, Position position) {
    Held held = tables.get(oid);
    if (held != null && !held.schema.hasKey()) {
      held.rewritten = position;
      forget(held, position);
    }
  }

  private Held held(TableSchema schema) {
    Held held = tables.computeIfAbsent(schema.oid(), oid -> new Held());
    held.schema = held.schema == null ? schema : held.schema;
    return held;
  }

  private static void forget(Held held, Position position) {
    held.rows.values().removeIf(row -> row.position.compareTo(position) < 0);
  }

  private void apply(RowChange row) {
    Held held = held(row.schema());
    if (row.position().compareTo(held.rewritten) < 0) {
      return;
    }
    List<String> oldKey = row.oldTuple() == null ? null : key(held, row, true);
    if (oldKey != null) {
      Row old = held.rows.get(oldKey);
      Map<Integer, String> oldValues = old == null ? Map.of() : old.values;
      if (old != null && old.position.compareTo(row.position()) <= 0) {
        held.rows.remove(oldKey);
      }
      if (!row.isDelete()) {
        put(held, row, oldValues);
      }
    } else {
      Row old = row.op() == Op.INSERT ? null : held.rows.get(key(held, row, false));
      put(held, row, old == null ? Map.of() : old.values);
    }
  }

  /**
   * Puts a row, unless another lane has told what came after it, under another type of its key.
   *
   * @param former what it has where the change does not tell
   */
  private static void put(Held held, RowChange row, Map<Integer, String> former) {
    List<String> key = key(held, row, false);
    Row present = held.rows.get(key);
    if (present == null || present.position.compareTo(row.position()) <= 0) {
      Map<Integer, String> values = new HashMap<>(former);
      values.putAll(values(held, row, false));
      held.rows.put(key, new Row(row.position(), values));
    }
  }

  /** What a change tells of a row, or of the row before it. */
  private static Map<Integer, String> values(Held held, RowChange row, boolean old) {
    Map<Integer, String> values = new HashMap<>();
    for (Column column : row.schema().columns()) {
      String name = column.name();
      if (old ? row.hasOld(name) : !row.isUnchanged(name)) {
        values.put(number(held, row, column), text(old ? row.getOld(name) : row.get(name)));
      }
    }
    return values;
  }

  private static List<String> key(Held held, RowChange row, boolean old) {
    if (!row.schema().hasKey()) {
      return all(held, values(held, row, old));
    }
    List<String> key = new ArrayList<>();
    for (int i = 0; i < row.schema().keySize(); i++) {
      Column column = row.schema().columns().get(row.schema().keyColumn(i));
      Object value = old ? row.getOld(column.name()) : row.get(column.name());
      key.add(number(held, row, column) + "=" + text(value));
    }
    return key;
  }

  /**
   * A row need not know the numbers of its columns, which are then those of the schema told last.
   */
  private static int number(Held held, RowChange row, Column column) {
    if (column.number() != 0) {
      return column.number();
    }
    Map.Entry<Position, TableSchema> told = held.schemas.floorEntry(row.position());
    return told == null ? 0 : told.getValue().find(column).map(Column::number).orElse(0);
  }

  /** Rows of a table without a key have other values in common with those that come. */
  private static void keyAnew(Held held) {
    if (!held.schema.hasKey()) {
      Map<List<String>, Row> rows = new HashMap<>();
      held.rows.values().forEach(row -> rows.put(all(held, row.values), row));
      held.rows = rows;
    }
  }

  /** A row's values in the table's present columns. */
  private static List<String> all(Held held, Map<Integer, String> values) {
    return held.schema.columns().stream()
        .map(
            column ->
                String.valueOf(
                    values.containsKey(column.number())
                        ? values.get(column.number())
                        : held.missing.get(column.number())))
        .toList();
  }

  private static String text(Object value) {
    return value == null ? null : value.toString();
  }

  /** What is held of a table by its present name; null if it is not held, or gone. */
  public Image image(TableName name) {
    for (Held held : tables.values()) {
      if (!held.gone && held.schema.name().equals(name)) {
        return image(held);
      }
    }
    return null;
  }

  /** The names of all that is held and not gone. */
  public Set<TableName> names() {
    return tables.values().stream()
        .filter(held -> !held.gone)
        .map(held -> held.schema.name())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Image image(Held held) {
    List<String> columns =
        held.schema.columns().stream()
            .map(c -> c.number() + " " + c.name() + " " + c.type().name() + " " + c.typeModifier())
            .toList();
    List<String> rows = new ArrayList<>();
    held.rows.values().forEach(row -> rows.add(all(held, row.values).toString()));
    rows.sort(null);
    return new Image(columns, rows);
  }

  /** What a table holds now; null if there is none of that name. */
  public static Image read(Connection connection, TableName name) throws SQLException {
    List<String> columns = new ArrayList<>();
    List<String> texts = new ArrayList<>();
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT attnum, attname, format_type(atttypid, NULL), atttypmod FROM pg_attribute"
                + " WHERE attrelid = to_regclass(?) AND attnum > 0 AND NOT attisdropped"
                + " ORDER BY attnum")) {
      statement.setString(1, name.quoted());
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          columns.add(
              "%d %s %s %d"
                  .formatted(row.getInt(1), row.getString(2), row.getString(3), row.getInt(4)));
          texts.add(Sql.identifier(row.getString(2)) + "::text");
        }
      }
    }
    if (columns.isEmpty()) {
      return null;
    }
    List<String> rows = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT ARRAY[" + String.join(", ", texts) + "] FROM " + name.quoted())) {
      while (row.next()) {
        rows.add(List.of((Object[]) nullable(row)).toString());
      }
    }
    rows.sort(null);
    return new Image(columns, rows);
  }

  /** How what is held differs from what the tables hold, by table, with some rows. */
  static String difference(Map<TableName, Image> expected, Map<TableName, Image> held) {
    StringBuilder text = new StringBuilder();
    Set<TableName> names = new TreeSet<>(expected.keySet());
    names.addAll(held.keySet());
    Image none = new Image(List.of(), List.of());
    for (TableName name : names) {
      Image is = expected.getOrDefault(name, none);
      Image has = held.getOrDefault(name, none);
      if (!is.equals(has)) {
        text.append(
            "\n%s:\n columns %s,\n held %s;\n missing %s,\n extra %s"
                .formatted(
                    name,
                    is.columns,
                    has.columns,
                    without(is.rows, has.rows),
                    without(has.rows, is.rows)));
      }
    }
    return text.toString();
  }

  private static String without(List<String> rows, List<String> others) {
    List<String> rest = new ArrayList<>(rows);
    rest.removeAll(Set.copyOf(others));
    return rest.size()
        + " "
        + rest.subList(0, Math.min(3, rest.size())).stream()
            .map(row -> row.substring(0, Math.min(300, row.length())))
            .toList();
  }

  private static String[] nullable(ResultSet row) throws SQLException {
    String[] values = (String[]) row.getArray(1).getArray();
    for (int i = 0; i < values.length; i++) {
      values[i] = values[i] == null ? "null" : values[i];
    }
    return values;
  }
}
