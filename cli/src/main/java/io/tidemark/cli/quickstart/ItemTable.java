package io.tidemark.cli.quickstart;

import io.tidemark.postgres.Sql;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * A table whose columns change while the quickstart writes, as it is now.
 *
 * @param names all names that it has had; the last one is its name
 * @param columns in the order of their numbers
 * @param key which of the columns that tell rows apart is the primary key
 */
record ItemTable(List<String> names, List<ItemColumn> columns, Role key) {
  /** What a column is to the table. */
  enum Role {
    ID,
    CODE,
    /** It may be dropped and get another type. */
    OTHER
  }

  /** Types that columns have, and get. */
  enum ColumnType {
    INT("int"),
    BIGINT("bigint"),
    TEXT("text"),
    VARCHAR("varchar(200)"),
    TIME("timestamptz");

    private final String sql;

    ColumnType(String sql) {
      this.sql = sql;
    }

    String sql() {
      return sql;
    }

    boolean isText() {
      return this == TEXT || this == VARCHAR;
    }

    /** SQL for a value, which a column of any text type can have. */
    String value(SplittableRandom random) {
      return switch (this) {
        case INT -> String.valueOf(random.nextInt());
        case BIGINT -> random.nextLong() + "::bigint";
        case TEXT, VARCHAR -> "repeat('v" + random.nextInt(1000) + "', " + random.nextInt(40) + ")";
        case TIME -> "clock_timestamp()";
      };
    }
  }

  /** A column; its name is quoted wherever it is SQL. */
  record ItemColumn(String name, ColumnType type, Role role) {}

  ItemTable {
    names = List.copyOf(names);
    columns = List.copyOf(columns);
  }

  /** A table to begin with, under its first name. */
  static ItemTable first(String name) {
    return new ItemTable(
        List.of(name),
        List.of(
            new ItemColumn("id", ColumnType.BIGINT, Role.ID),
            new ItemColumn("code", ColumnType.INT, Role.CODE),
            new ItemColumn("label", ColumnType.TEXT, Role.OTHER),
            new ItemColumn("quantity", ColumnType.INT, Role.OTHER)),
        Role.ID);
  }

  String name() {
    return names.get(names.size() - 1);
  }

  /** The primary key's name, which it keeps. */
  private String constraint() {
    return names.get(0) + "_key";
  }

  /** The statement that makes it. */
  String create() {
    return "CREATE TABLE %s (%s, CONSTRAINT %s PRIMARY KEY (%s))"
        .formatted(
            name(),
            columns.stream()
                .map(
                    column ->
                        Sql.identifier(column.name())
                            + " "
                            + column.type().sql()
                            + (column.role() == Role.OTHER ? "" : " NOT NULL"))
                .collect(Collectors.joining(", ")),
            constraint(),
            name(key));
  }

  /** The statement that makes the column of another role the key. */
  String rekey(Role next) {
    return "ALTER TABLE %s DROP CONSTRAINT %s, ADD CONSTRAINT %2$s PRIMARY KEY (%s)"
        .formatted(name(), constraint(), name(next));
  }

  private String name(Role role) {
    return columns.stream()
        .filter(column -> column.role() == role)
        .map(column -> Sql.identifier(column.name()))
        .findAny()
        .orElseThrow();
  }

  /** Columns that may be dropped and get another type. */
  List<ItemColumn> others() {
    return columns.stream().filter(column -> column.role() == Role.OTHER).toList();
  }

  ItemTable with(ItemColumn added) {
    List<ItemColumn> more = new ArrayList<>(columns);
    more.add(added);
    return new ItemTable(names, more, key);
  }

  ItemTable without(ItemColumn dropped) {
    return new ItemTable(
        names, columns.stream().filter(column -> !column.equals(dropped)).toList(), key);
  }

  ItemTable withEach(UnaryOperator<ItemColumn> change) {
    return new ItemTable(names, columns.stream().map(change).toList(), key);
  }

  ItemTable named(String name) {
    Collection<String> all = new ArrayList<>(names);
    all.add(name);
    return new ItemTable(List.copyOf(all), columns, key);
  }

  ItemTable keyed(Role next) {
    return new ItemTable(names, columns, next);
  }

  /** A statement that inserts the row of a number. */
  String insert(long number, SplittableRandom random) {
    return "INSERT INTO %s (%s) VALUES (%s)"
        .formatted(
            name(),
            columns.stream()
                .map(column -> Sql.identifier(column.name()))
                .collect(Collectors.joining(", ")),
            columns.stream()
                .map(
                    column ->
                        column.role() == Role.OTHER
                            ? column.type().value(random)
                            : String.valueOf(number))
                .collect(Collectors.joining(", ")));
  }

  /** A statement that changes the row of a number, if there is one. */
  String update(long number, SplittableRandom random) {
    Set<String> changes = new LinkedHashSet<>();
    for (ItemColumn column : others()) {
      if (random.nextInt(3) > 0) {
        changes.add(
            Sql.identifier(column.name())
                + " = "
                + (random.nextInt(8) == 0 ? "NULL" : column.type().value(random)));
      }
    }
    String all = changes.isEmpty() ? name(key) + " = " + name(key) : String.join(", ", changes);
    return "UPDATE %s SET %s WHERE %s = %d".formatted(name(), all, name(key), number);
  }

  /** A statement that gives the row of a number another one. */
  String move(long number, long to) {
    return "UPDATE %s SET %s = %d, %s = %3$d WHERE %s = %d"
        .formatted(name(), name(Role.ID), to, name(Role.CODE), name(key), number);
  }

  String delete(long number) {
    return "DELETE FROM %s WHERE %s = %d".formatted(name(), name(key), number);
  }
}
