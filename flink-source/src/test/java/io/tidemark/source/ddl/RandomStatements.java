package io.tidemark.source.ddl;

import io.tidemark.postgres.Sql;
import io.tidemark.postgres.TableName;
import io.tidemark.source.ddl.LiveTable.LiveColumn;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;

/**
 * Random statements that change tables, made of what the tables are at that moment to the session
 * that is to run them.
 */
final class RandomStatements {
  /** Keys in the first partition are below this, those in others are not. */
  private static final int FIRST_ATTACHED = 1_000_000_000;

  private static final int MAX_TABLES = 9;
  private static final int MAX_COLUMNS = 12;
  private static final int MAX_PARTITIONS = 8;

  /** What is changed. */
  enum Kind {
    RENAME_COLUMN(10),
    SWAP_COLUMNS(5),
    REPLACE_COLUMN(6),
    ADD_COLUMN(14),
    DROP_COLUMN(8),
    RETYPE(12),
    CHANGE_VALUES(4),
    NULLS(8),
    DEFAULT(4),
    KEY(4),
    IDENTITY(6),
    RENAME_TABLE(4),
    RENAME_SCHEMA(2),
    SET_SCHEMA(3),
    RECREATE(2),
    CREATE(3),
    PUBLISH(6),
    PARTITION(3),
    TRUNCATE(2);

    private final int weight;

    Kind(int weight) {
      this.weight = weight;
    }

    static Kind any(RandomGenerator random) {
      int dice = random.nextInt(Arrays.stream(values()).mapToInt(kind -> kind.weight).sum());
      int kind = 0;
      while (dice >= values()[kind].weight) {
        dice -= values()[kind++].weight;
      }
      return values()[kind];
    }
  }

  private final RandomGenerator random;
  private final RandomRows rows;
  private final String publication;

  /** Numbers for new names, of all sessions. */
  private final AtomicInteger names;

  /**
   * @param publication to which new tables have to be added; null if it is of all tables
   */
  RandomStatements(
      RandomGenerator random, RandomRows rows, String publication, AtomicInteger names) {
    this.random = random;
    this.rows = rows;
    this.publication = publication;
    this.names = names;
  }

  /**
   * Statements of a kind that change a table.
   *
   * @return none if the table is not one for them
   */
  List<String> make(Connection connection, Kind kind, LiveTable table) throws SQLException {
    String alter = "ALTER TABLE " + table.quoted() + " ";
    Optional<LiveColumn> any = table.free(random, column -> true);
    return switch (kind) {
      case RENAME_COLUMN -> {
        LiveColumn column = table.columns().get(random.nextInt(table.columns().size()));
        yield List.of(alter + rename(column.quoted(), columnName()));
      }
      case SWAP_COLUMNS -> swap(alter, table);
      case REPLACE_COLUMN ->
          any.map(c -> List.of(alter + "DROP " + c.quoted(), alter + add(c.quoted())))
              .orElse(List.of());
      case ADD_COLUMN ->
          table.columns().size() < MAX_COLUMNS
              ? List.of(alter + add(columnName()))
              : drop(alter, any);
      case DROP_COLUMN -> table.columns().size() > 3 ? drop(alter, any) : List.of();
      case RETYPE -> retype(alter, table);
      case CHANGE_VALUES -> any.map(c -> List.of(alter + otherValues(c))).orElse(List.of());
      case NULLS -> any.map(c -> nulls(alter, table, c)).orElse(List.of());
      case DEFAULT ->
          any.map(
                  c ->
                      List.of(
                          alter
                              + "ALTER %s %s"
                                  .formatted(
                                      c.quoted(),
                                      c.defaulted()
                                          ? "DROP DEFAULT"
                                          : "SET DEFAULT " + rows.value(c))))
              .orElse(List.of());
      case KEY -> key(connection, alter, table);
      case IDENTITY -> identity(connection, alter, table);
      case RENAME_TABLE -> List.of(alter + "RENAME TO " + Sql.identifier("t" + number()));
      case RENAME_SCHEMA ->
          List.of(
              "ALTER SCHEMA %s RENAME TO s%d"
                  .formatted(Sql.identifier(table.name().schema()), number()));
      case SET_SCHEMA -> List.of(alter + "SET SCHEMA " + Sql.identifier(anySchema(connection)));
      case RECREATE -> {
        List<String> all = new ArrayList<>();
        all.add("DROP TABLE " + table.quoted());
        all.addAll(create(table.name(), Shape.any(random), true));
        yield all;
      }
      case CREATE -> {
        if (LiveTable.all(connection).size() >= MAX_TABLES) {
          yield List.of("DROP TABLE " + table.quoted());
        }
        TableName name = new TableName(anySchema(connection), "t" + number());
        yield create(name, Shape.any(random), random.nextInt(3) > 0);
      }
      case PUBLISH -> publish(connection, table);
      case PARTITION -> partition(connection, alter, table);
      case TRUNCATE -> List.of("TRUNCATE " + table.quoted(), rows.insert(table, 30));
    };
  }

  private int number() {
    return names.incrementAndGet();
  }

  private String columnName() {
    String name = "c" + number();
    return Sql.identifier(random.nextInt(4) == 0 ? name + " \"Größe\"" : name);
  }

  private static String rename(String from, String to) {
    return "RENAME " + from + " TO " + to;
  }

  private static List<String> drop(String alter, Optional<LiveColumn> column) {
    return column.map(c -> List.of(alter + "DROP " + c.quoted())).orElse(List.of());
  }

  private List<String> swap(String alter, LiveTable table) {
    Optional<LiveColumn> one = table.free(random, c -> true);
    Optional<LiveColumn> other = table.free(random, c -> !c.equals(one.get()));
    if (one.isEmpty() || other.isEmpty()) {
      return List.of();
    }
    String a = one.get().quoted();
    String b = other.get().quoted();
    String between = columnName();
    return List.of(alter + rename(a, between), alter + rename(b, a), alter + rename(between, b));
  }

  private String add(String name) {
    return "ADD "
        + name
        + switch (random.nextInt(10)) {
          case 0, 1, 2 -> " text";
          case 3 -> " int";
          case 4 -> " text DEFAULT 'one for all'";
          case 5 -> " varchar(40) NOT NULL DEFAULT 'never null'";
          case 6 -> " numeric(10, 2) DEFAULT 7.25";
          case 7 -> " text DEFAULT now()::text";
          case 8 -> " text DEFAULT clock_timestamp()::text";
          default -> " int DEFAULT (random() * 1000)::int";
        };
  }

  private List<String> retype(String alter, LiveTable table) {
    List<LiveColumn> columns = new ArrayList<>(table.columns());
    columns.removeIf(c -> c.type().equals("bigint") || (table.partitioned() && c.number() == 1));
    if (columns.isEmpty()) {
      return List.of();
    }
    LiveColumn column = columns.get(random.nextInt(columns.size()));
    String type =
        switch (column.type()) {
          case "integer" -> "bigint";
          case "text" -> "varchar(4000)";
          case "character varying" ->
              random.nextBoolean() ? "text" : "varchar(" + (column.modifier() + 10) + ")";
          default -> "numeric(" + (11 + random.nextInt(9)) + ", 2)";
        };
    return List.of(alter + "ALTER " + column.quoted() + " TYPE " + type);
  }

  private String otherValues(LiveColumn column) {
    String name = column.quoted();
    String as =
        switch (column.type()) {
          case "integer" ->
              random.nextBoolean() ? "bigint USING %s * 2" : "text USING %s || ' as text'";
          case "bigint" -> "bigint USING %s %% 1000";
          case "text" -> random.nextBoolean() ? "text USING upper(%s)" : "int USING length(%s)";
          case "character varying" -> "text USING %s || '!'";
          default -> "numeric(12, 2) USING %s + 1";
        };
    return "ALTER " + name + " TYPE " + as.formatted(name);
  }

  private List<String> nulls(String alter, LiveTable table, LiveColumn column) {
    String name = column.quoted();
    if (column.required()) {
      return List.of(alter + "ALTER " + name + " DROP NOT NULL");
    }
    return List.of(
        "UPDATE %1$s SET %2$s = %3$s WHERE %2$s IS NULL"
            .formatted(table.quoted(), name, rows.value(column)),
        alter + "ALTER " + name + " SET NOT NULL");
  }

  private List<String> key(Connection connection, String alter, LiveTable table)
      throws SQLException {
    String first = table.anchor().quoted();
    if (!table.hasKey()) {
      return List.of(alter + "ADD PRIMARY KEY (" + first + ")");
    }
    Optional<String> constraint =
        find(
            connection,
            "SELECT conname FROM pg_constraint WHERE contype = 'p' AND conrelid = '%s'::regclass"
                .formatted(table.quoted().replace("'", "''")));
    String drop = "DROP CONSTRAINT " + Sql.identifier(constraint.orElseThrow());
    String second = table.columns().get(1).quoted();
    if (!table.partitioned() && random.nextInt(6) == 0) {
      return List.of(alter + "REPLICA IDENTITY FULL", alter + drop);
    }
    String columns =
        switch (random.nextInt(table.partitioned() ? 3 : 4)) {
          case 0 -> first;
          case 1 -> first + ", " + second;
          case 2 -> second + ", " + first;
          default -> second;
        };
    return List.of(alter + drop + ", ADD PRIMARY KEY (" + columns + ")");
  }

  private List<String> identity(Connection connection, String alter, LiveTable table)
      throws SQLException {
    boolean full = !table.hasKey() || random.nextBoolean();
    if (table.partitioned()) {
      List<String> all = new ArrayList<>();
      for (String leaf : leaves(connection, table)) {
        all.add("ALTER TABLE " + leaf + " REPLICA IDENTITY " + (full ? "FULL" : "DEFAULT"));
      }
      return all;
    }
    Optional<String> index =
        find(
            connection,
            "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
                + " WHERE i.indisunique AND NOT i.indisprimary AND i.indrelid = '"
                + table.quoted().replace("'", "''")
                + "'::regclass ORDER BY random()");
    if (!full && index.isPresent() && random.nextBoolean()) {
      return List.of(alter + "REPLICA IDENTITY USING INDEX " + Sql.identifier(index.get()));
    }
    return List.of(alter + "REPLICA IDENTITY " + (full ? "FULL" : "DEFAULT"));
  }

  private static List<String> leaves(Connection connection, LiveTable table) throws SQLException {
    List<String> leaves = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT relid::text FROM pg_partition_tree('%s') WHERE isleaf"
                    .formatted(table.quoted().replace("'", "''")))) {
      while (row.next()) {
        leaves.add(row.getString(1));
      }
    }
    return leaves;
  }

  private String anySchema(Connection connection) throws SQLException {
    return find(
            connection,
            "SELECT nspname FROM pg_namespace WHERE nspname ~ '^s[0-9]' ORDER BY random()")
        .orElseThrow();
  }

  private static Optional<String> find(Connection connection, String query) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query + " LIMIT 1")) {
      return row.next() ? Optional.of(row.getString(1)) : Optional.empty();
    }
  }

  private List<String> publish(Connection connection, LiveTable table) throws SQLException {
    if (publication == null) {
      return List.of();
    }
    String alter = "ALTER PUBLICATION " + publication;
    boolean in = LiveTable.published(connection).contains(table.name());
    return List.of(alter + (in ? " DROP TABLE " : " ADD TABLE ") + table.quoted());
  }

  private List<String> partition(Connection connection, String alter, LiveTable table)
      throws SQLException {
    if (!table.partitioned() || leaves(connection, table).size() >= MAX_PARTITIONS) {
      return List.of();
    }
    int number = number();
    TableName leaf = new TableName(table.name().schema(), "p" + number);
    int from = FIRST_ATTACHED + number * 1000;
    String bounds = " FOR VALUES FROM (%d) TO (%d)".formatted(from, from + 1000);
    if (random.nextInt(3) == 0) {
      return List.of("CREATE TABLE " + leaf.quoted() + " PARTITION OF " + table.quoted() + bounds);
    }
    List<String> others = table.columns().stream().skip(1).map(LiveColumn::quoted).toList();
    String columns = String.join(", ", others);
    return List.of(
        "CREATE TABLE %s (LIKE %s INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"
            .formatted(leaf.quoted(), table.quoted()),
        "INSERT INTO %s (%s, %s) SELECT %d + row_number() OVER (), %s FROM %s LIMIT 40"
            .formatted(
                leaf.quoted(), table.anchor().quoted(), columns, from, columns, table.quoted()),
        alter + "ATTACH PARTITION " + leaf.quoted() + bounds);
  }

  /** What tables there are. */
  enum Shape {
    KEYED,
    KEYLESS,
    PARTITIONED;

    static Shape any(RandomGenerator random) {
      return values()[random.nextInt(values().length)];
    }
  }

  /**
   * Statements that make a table.
   *
   * @param published whether it is to be captured, if all tables are not
   */
  List<String> create(TableName name, Shape shape, boolean published) {
    List<String> all = new ArrayList<>();
    String more = "a text, b varchar(40), c int, d numeric(10, 2), big text";
    String table = name.quoted();
    switch (shape) {
      case KEYED -> {
        all.add(
            "CREATE TABLE %s (id int UNIQUE, alt int NOT NULL UNIQUE, %s, PRIMARY KEY (id))"
                .formatted(table, more));
        all.add("ALTER TABLE " + table + " ALTER big SET STORAGE EXTERNAL");
      }
      case KEYLESS -> {
        all.add("CREATE TABLE %s (id int NOT NULL, %s)".formatted(table, more));
        all.add("ALTER TABLE " + table + " REPLICA IDENTITY FULL");
      }
      case PARTITIONED -> {
        all.add(
            "CREATE TABLE %s (id int PRIMARY KEY, alt int NOT NULL, %s) PARTITION BY RANGE (id)"
                .formatted(table, more));
        all.add(
            "CREATE TABLE %s PARTITION OF %s FOR VALUES FROM (MINVALUE) TO (%d)"
                .formatted(
                    new TableName(name.schema(), "p" + number()).quoted(), table, FIRST_ATTACHED));
      }
    }
    if (publication != null && published) {
      all.add("ALTER PUBLICATION " + publication + " ADD TABLE " + table);
    }
    return all;
  }
}
