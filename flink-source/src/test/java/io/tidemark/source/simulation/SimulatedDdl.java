package io.tidemark.source.simulation;

import static java.util.stream.Collectors.joining;

import io.tidemark.postgres.Column;
import io.tidemark.postgres.PgType;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.postgres.ddl.ColumnStructure;
import io.tidemark.postgres.ddl.TableStructure;
import io.tidemark.source.simulation.Coverage.Case;
import io.tidemark.source.simulation.SimulatedTable.Row;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The DDL of a simulated primary: what a statement does to the tables, and what the extension tells
 * of it. Without the extension columns have no numbers, and what could not be told from names alone
 * is left out: no name of a column is given twice, no values change unseen, and a table that was
 * taken out of the publication stays out.
 */
final class SimulatedDdl {
  private static final PgType VARCHAR = PgType.base(1043, "character varying");
  private static final List<String> SCHEMAS = List.of("public", "other");

  /** Those that begin with t are captured. */
  private static final List<String> TABLES = List.of("t0", "t1", "t2", "x0", "x1");

  private static final List<String> COLUMNS = List.of("a", "x", "y", "b");
  private static final int MAX_COLUMNS = 7;
  private static final int MIN_COLUMNS = 4;
  private static final int PAGES = 3;

  private final Choices choices;
  private final Coverage coverage;

  /** Whether the extension tells of statements. */
  private final boolean isCaptured;

  /** Whether somebody writes messages that look like the extension's. */
  private final boolean isForged;

  /** Whether the publication is of all tables. */
  private final boolean ofAllTables;

  /** Whether the server does not tell tables again whose schema has another name. */
  private final boolean isOld;

  private final boolean changesKeys;

  /** The number of the next column of a table, by oid. */
  private final Map<Integer, Integer> numbers = new HashMap<>();

  /** What rows of before have in columns that were added with a default, by oid and number. */
  private final Map<List<Integer>, String> missing = new HashMap<>();

  private int oids = 100_000;
  private int names;
  private long files = 1_000;

  SimulatedDdl(Choices choices, Coverage coverage, boolean changesKeys) {
    this.choices = choices;
    this.coverage = coverage;
    this.changesKeys = changesKeys;
    this.isCaptured = !choices.oneIn(4);
    this.isForged = isCaptured && choices.oneIn(4);
    this.ofAllTables = choices.oneIn(2);
    this.isOld = choices.oneIn(2);
  }

  boolean isCaptured() {
    return isCaptured;
  }

  /** Whether a table is told by the messages of its former schema's name. */
  boolean isSchemaRenamedSilently(TableSchema former, TableSchema now) {
    return isOld
        && !former.name().schema().equals(now.name().schema())
        && former.name().name().equals(now.name().name())
        && former.named(now.name()).equals(now);
  }

  /** A table's first columns. */
  TableSchema schema(int oid, TableName name, ReplicaIdentity identity) {
    List<Column> columns = new ArrayList<>();
    for (String column : List.of("id", "u", "a", "x", "y")) {
      columns.add(new Column(column, SimulatedTable.TEXT, -1, nextNumber(oid)));
    }
    return new TableSchema(oid, name, identity, columns, key(identity));
  }

  private static int[] key(ReplicaIdentity identity) {
    return identity == ReplicaIdentity.INDEX ? new int[] {0, 1} : new int[] {0};
  }

  /** 0 without the extension: then columns are known by their names. */
  private int nextNumber(int oid) {
    return isCaptured ? numbers.merge(oid, 1, Integer::sum) : 0;
  }

  // Statements.

  /** Runs a statement, or a few that belong together. */
  void run(Writing writing) {
    SimulatedTable table = writing.anyTable();
    switch (choices.below(12)) {
      case 0 -> renameColumn(writing, table);
      case 1 -> dropColumn(writing, table);
      case 2 -> addColumn(writing, table);
      case 3 -> swapColumns(writing, table);
      case 4 -> retype(writing, table);
      case 5 -> renameTable(writing, table);
      case 6 -> renameSchema(writing, table);
      case 7 -> dropTable(writing, table, choices.oneIn(2));
      case 8 -> createTable(writing, freeName(writing));
      case 9, 10 -> publish(writing, table);
      default -> other(writing, table);
    }
  }

  private void renameColumn(Writing writing, SimulatedTable table) {
    Column column = anyColumn(table, 0);
    String name = freeColumn(table);
    if (isCaptured && name != null) {
      coverage.hit(Case.COLUMNS_RENAMED);
      alter(writing, withColumn(table, column, named(column, name)));
    }
  }

  private void swapColumns(Writing writing, SimulatedTable table) {
    Column one = anyColumn(table, 2);
    Column other = anyColumn(table, 2);
    if (isCaptured && !isForged && !one.equals(other)) {
      coverage.hit(Case.COLUMNS_SWAPPED);
      SimulatedTable first = withColumn(table, one, named(one, "tmp"));
      SimulatedTable second = withColumn(first, other, named(other, one.name()));
      alter(writing, first);
      alter(writing, second);
      alter(writing, withColumn(second, named(one, "tmp"), named(one, other.name())));
    }
  }

  private void dropColumn(Writing writing, SimulatedTable table) {
    if (table.columns().size() > MIN_COLUMNS) {
      coverage.hit(Case.COLUMNS_DROPPED);
      Column column = anyColumn(table, 2);
      tell(
          writing,
          "\"event\":\"drop\",\"tag\":\"ALTER TABLE\",\"dropped\":[%s]"
              .formatted(
                  dropped("table column", table, ",\"column\":" + column.number(), "[]", "[]")));
      List<Column> columns = new ArrayList<>(table.schema().columns());
      columns.remove(column);
      alter(writing, withColumns(table, columns, row -> row));
      if (choices.oneIn(2)) {
        addColumn(writing, writing.tables.get(table.schema().name()));
      }
    }
  }

  private void addColumn(Writing writing, SimulatedTable table) {
    String name = freeColumn(table);
    if (table.columns().size() >= MAX_COLUMNS || name == null) {
      return;
    }
    coverage.hit(Case.COLUMNS_ADDED);
    int oid = table.schema().oid();
    Column column = new Column(name, SimulatedTable.TEXT, -1, nextNumber(oid));
    String value = isCaptured && choices.oneIn(2) ? "d" + names++ : null;
    boolean rewrites = value != null && choices.oneIn(3);
    if (rewrites) {
      rewrite(writing, table, 2);
    } else if (value != null) {
      missing.put(List.of(oid, column.number()), value);
    }
    List<Column> columns = new ArrayList<>(table.schema().columns());
    columns.add(column);
    SimulatedTable added =
        withColumns(
            table,
            columns,
            row -> {
              Map<String, String> values = new HashMap<>(row.values());
              String other = rewrites && value != null ? value + row.get("id") : value;
              values.put(SimulatedTable.id(column), other);
              return new Row(values, row.page());
            });
    alter(writing, rewrites ? inAnotherFile(added) : added);
  }

  /** With other values, or as they are. */
  private void retype(Writing writing, SimulatedTable table) {
    if (!isCaptured) {
      return;
    }
    Column column = anyColumn(table, 2);
    PgType type = column.type().equals(VARCHAR) ? SimulatedTable.TEXT : VARCHAR;
    SimulatedTable retyped =
        withColumn(table, column, new Column(column.name(), type, -1, column.number()));
    if (choices.oneIn(2)) {
      coverage.hit(Case.VALUES_REWRITTEN);
      rewrite(writing, table, 4);
      String id = SimulatedTable.id(column);
      TreeMap<String, Row> rows = new TreeMap<>();
      retyped
          .rows()
          .forEach(
              (key, row) -> {
                Map<String, String> values = new HashMap<>(row.values());
                values.computeIfPresent(id, (same, value) -> value + "~");
                rows.put(key, new Row(values, row.page()));
              });
      retyped = inAnotherFile(retyped.withRows(rows, 0));
    } else {
      coverage.hit(Case.COLUMNS_RETYPED);
    }
    alter(writing, retyped);
  }

  private SimulatedTable inAnotherFile(SimulatedTable table) {
    TreeMap<String, Row> rows = new TreeMap<>();
    table.rows().forEach((key, row) -> rows.put(key, new Row(row.values(), choices.below(PAGES))));
    return table.rewritten(++files, PAGES, rows);
  }

  private void renameTable(Writing writing, SimulatedTable table) {
    TableName name = freeName(writing);
    if (name != null) {
      coverage.hit(Case.TABLES_RENAMED);
      writing.remove(table.schema().name());
      alter(writing, table.withSchema(table.schema().named(name)));
    }
  }

  private void renameSchema(Writing writing, SimulatedTable table) {
    String schema = table.schema().name().schema();
    String other = SCHEMAS.get(1 - SCHEMAS.indexOf(schema));
    if (!isCaptured
        || writing.tables.keySet().stream().anyMatch(name -> name.schema().equals(other))) {
      return;
    }
    coverage.hit(Case.SCHEMAS_RENAMED);
    List<SimulatedTable> renamed = new ArrayList<>();
    for (SimulatedTable each : List.copyOf(writing.tables.values())) {
      TableName name = each.schema().name();
      writing.remove(name);
      renamed.add(each.withSchema(each.schema().named(new TableName(other, name.name()))));
    }
    renamed.forEach(writing::put);
    String moved =
        renamed.stream()
            .map(SimulatedTable::schema)
            .map(
                each ->
                    "{\"oid\":%s,\"schema\":\"%s\",\"name\":\"%s\"}"
                        .formatted(oid(each.oid()), each.name().schema(), each.name().name()))
            .collect(Collectors.joining(","));
    tell(
        writing,
        ("\"event\":\"end\",\"tag\":\"ALTER SCHEMA\",\"moved\":[%s],"
                + "\"commands\":[{\"tag\":\"ALTER SCHEMA\",\"type\":\"schema\",\"oid\":2200}]")
            .formatted(moved));
  }

  private void dropTable(Writing writing, SimulatedTable table, boolean again) {
    if (writing.tables.size() < 2 && !again) {
      return;
    }
    coverage.hit(Case.TABLES_DROPPED);
    TableName name = table.schema().name();
    writing.remove(name);
    String names = "[\"%s\",\"%s\"]".formatted(name.schema(), name.name());
    tell(
        writing,
        "\"event\":\"drop\",\"tag\":\"DROP TABLE\",\"dropped\":[%s]"
            .formatted(dropped("table", table, "", names, "[]")));
    if (again) {
      createTable(writing, name);
    }
  }

  private void createTable(Writing writing, TableName name) {
    if (name != null && writing.tables.size() < TABLES.size()) {
      coverage.hit(Case.TABLES_CREATED);
      TableSchema schema = schema(++oids, name, ReplicaIdentity.DEFAULT);
      SimulatedTable table = new SimulatedTable(schema, ++files, 0, new TreeMap<>(), ofAllTables);
      writing.put(table);
      end(writing, "CREATE TABLE", "table", schema.oid(), List.of(table));
      if (choices.oneIn(2)) {
        publish(writing, table);
      }
    }
  }

  private void publish(Writing writing, SimulatedTable table) {
    if (ofAllTables) {
      return;
    }
    TableName name = table.schema().name();
    if (!table.isPublished()) {
      // Without the extension nobody can tell that it was out for a while.
      if (isCaptured || table.rows().isEmpty()) {
        coverage.hit(Case.TABLES_PUBLISHED);
        writing.put(table.published(true));
        end(writing, "ALTER PUBLICATION", "publication relation", 7, List.of());
      }
    } else if (isCaptured) {
      coverage.hit(Case.TABLES_UNPUBLISHED);
      writing.put(table.published(false));
      String names = "[\"%s\",\"%s\"]".formatted(name.schema(), name.name());
      tell(
          writing,
          "\"event\":\"drop\",\"tag\":\"ALTER PUBLICATION\",\"dropped\":[%s]"
              .formatted(dropped("publication relation", table, "", names, "[\"tidemark\"]")));
    }
  }

  private void other(Writing writing, SimulatedTable table) {
    if (isForged && choices.oneIn(2)) {
      coverage.hit(Case.FORGED_STATEMENTS);
      String drop =
          "\"event\":\"drop\",\"tag\":\"DROP TABLE\",\"dropped\":[%s]"
              .formatted(dropped("table", table, "", "[]", "[]"));
      writing.events.add(new Wal.DdlEvent(writing.nextLsn(), drop, false));
    } else if (changesKeys && isCaptured) {
      coverage.hit(Case.KEY_CHANGES);
      ReplicaIdentity identity =
          table.schema().identity() == ReplicaIdentity.INDEX
              ? ReplicaIdentity.DEFAULT
              : ReplicaIdentity.INDEX;
      alter(
          writing,
          table.withSchema(
              new TableSchema(
                  table.schema().oid(),
                  table.schema().name(),
                  identity,
                  table.schema().columns(),
                  key(identity))));
    }
  }

  // What there is to choose from.

  private Column anyColumn(SimulatedTable table, int from) {
    List<Column> columns = table.schema().columns();
    return columns.get(from + choices.below(columns.size() - from));
  }

  /** A name that no column has; null if there is none. */
  private String freeColumn(SimulatedTable table) {
    if (!isCaptured || isForged) {
      return "n" + names++;
    }
    List<String> free = COLUMNS.stream().filter(name -> table.schema().ordinal(name) < 0).toList();
    return free.isEmpty() ? null : free.get(choices.below(free.size()));
  }

  private TableName freeName(Writing writing) {
    String schema = writing.anyTable().schema().name().schema();
    List<TableName> free =
        TABLES.stream()
            .map(name -> new TableName(schema, name))
            .filter(name -> !writing.tables.containsKey(name))
            .toList();
    return free.isEmpty() ? null : free.get(choices.below(free.size()));
  }

  // Tables.

  static Column numbered(Column column, int number) {
    return new Column(column.name(), column.type(), column.typeModifier(), number);
  }

  private static Column named(Column column, String name) {
    return new Column(name, column.type(), column.typeModifier(), column.number());
  }

  private static SimulatedTable withColumn(SimulatedTable table, Column before, Column after) {
    List<Column> columns = new ArrayList<>(table.schema().columns());
    columns.set(columns.indexOf(before), after);
    return table.withSchema(table.schema().withColumns(columns));
  }

  private static SimulatedTable withColumns(
      SimulatedTable table, List<Column> columns, UnaryOperator<Row> row) {
    List<String> ids = columns.stream().map(SimulatedTable::id).toList();
    TreeMap<String, Row> rows = new TreeMap<>();
    table
        .rows()
        .forEach(
            (key, before) -> {
              Row after = row.apply(before);
              Map<String, String> values = new HashMap<>();
              ids.forEach(id -> values.put(id, after.get(id)));
              rows.put(key, new Row(values, after.page()));
            });
    return table.withSchema(table.schema().withColumns(columns)).withRows(rows, 0);
  }

  // What the extension tells.

  private void alter(Writing writing, SimulatedTable table) {
    writing.put(table);
    end(writing, "ALTER TABLE", "table", table.schema().oid(), List.of(table));
  }

  private void rewrite(Writing writing, SimulatedTable table, int reason) {
    tell(
        writing,
        "\"event\":\"rewrite\",\"tag\":\"ALTER TABLE\",\"rewrite\":{\"table\":%s,\"reason\":%d}"
            .formatted(oid(table.schema().oid()), reason));
  }

  private void end(
      Writing writing, String tag, String type, int oid, Collection<SimulatedTable> tables) {
    List<String> shapes = new ArrayList<>();
    List<String> described = new ArrayList<>();
    for (SimulatedTable table : tables) {
      described.add(described(table, shapes.size()));
      shapes.add(shape(table.schema()));
    }
    tell(
        writing,
        ("\"event\":\"end\",\"tag\":\"%s\",\"commands\":[{\"tag\":\"%s\",\"type\":\"%s\",\"oid\":%s}],"
                + "\"shapes\":[%s],\"tables\":[%s]")
            .formatted(
                tag, tag, type, oid(oid), String.join(",", shapes), String.join(",", described)));
  }

  private void tell(Writing writing, String body) {
    if (isCaptured) {
      coverage.hit(Case.STATEMENTS);
      writing.events.add(new Wal.DdlEvent(writing.nextLsn(), body, true));
      writing.events.add(new Wal.PadEvent(writing.nextLsn()));
    }
  }

  private static String oid(int oid) {
    return Integer.toUnsignedString(oid);
  }

  private static String dropped(
      String type, SimulatedTable table, String more, String names, String arguments) {
    return ("{\"type\":\"%s\",\"identity\":\"%s\",\"oid\":%s%s,\"original\":true,\"names\":%s,"
            + "\"arguments\":%s}")
        .formatted(type, table.schema().name(), oid(table.schema().oid()), more, names, arguments);
  }

  private static String described(SimulatedTable table, int shape) {
    TableSchema schema = table.schema();
    boolean byIndex = schema.identity() == ReplicaIdentity.INDEX;
    return ("{\"oid\":%s,\"schemaOid\":2200,\"schema\":\"%s\",\"name\":\"%s\",\"kind\":\"r\","
            + "\"persistence\":\"p\",\"owner\":\"o\",\"fileNode\":%d,\"primaryKey\":[1],"
            + "\"replicaIdentity\":\"%s\",\"identityKey\":%s,\"shape\":%d}")
        .formatted(
            oid(schema.oid()),
            schema.name().schema(),
            schema.name().name(),
            table.fileNode(),
            schema.identity().code(),
            byIndex ? "[1,2]" : "[]",
            shape);
  }

  private String shape(TableSchema schema) {
    return schema.columns().stream()
        .map(column -> described(schema.oid(), column))
        .collect(joining(",", "[", "]"));
  }

  private String described(int oid, Column column) {
    String value = missing.get(List.of(oid, column.number()));
    return "{\"number\":%d,\"name\":\"%s\",\"type\":\"%s\",\"typeOid\":%d,\"modifier\":-1%s}"
        .formatted(
            column.number(),
            column.name(),
            column.type().name(),
            column.type().oid(),
            value == null ? "" : ",\"missing\":\"" + value + "\"");
  }

  /** The table that such a description is of. */
  static TableSchema schema(TableStructure table) {
    List<Column> columns = table.columns().stream().map(SimulatedDdl::column).toList();
    return new TableSchema(
        table.oid(), table.name(), table.identity(), columns, key(table.identity()));
  }

  private static Column column(ColumnStructure column) {
    PgType type =
        Stream.of(SimulatedTable.TEXT, VARCHAR)
            .filter(each -> each.oid() == column.typeOid())
            .findAny()
            .orElseThrow();
    return new Column(column.name(), type, column.modifier(), column.number());
  }
}
