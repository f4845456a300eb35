package io.tidemark.source.ddl;

import io.tidemark.postgres.Sql;
import io.tidemark.postgres.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/**
 * A table as it is to the session that looks. The column of number 1 is an integer that no two rows
 * have in common and that is not dropped; where there is a key, that of number 2 is so, too.
 *
 * @param partitioned whether it has partitions
 * @param key numbers of the primary key's columns; empty if it has none
 * @param columns in order
 */
record LiveTable(TableName name, boolean partitioned, List<Integer> key, List<LiveColumn> columns) {
  /** In pg_class {@code c} and pg_namespace {@code n}: the tables that are captured. */
  private static final String CAPTURED =
      "c.relname LIKE 't%' AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
          + " AND n.nspname LIKE 's%'";

  /**
   * A column.
   *
   * @param type {@code format_type} without a modifier
   * @param modifier {@code atttypmod}
   */
  record LiveColumn(
      String name, int number, String type, int modifier, boolean required, boolean defaulted) {
    String quoted() {
      return Sql.identifier(name);
    }

    boolean isText() {
      return type.equals("text");
    }

    boolean isLimited() {
      return type.equals("character varying");
    }

    boolean isNumber() {
      return type.equals("integer") || type.equals("bigint");
    }
  }

  /** The names of all tables that are captured, or would be if they were published. */
  static List<TableName> all(Connection connection) throws SQLException {
    return names(
        connection,
        "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            + " WHERE "
            + CAPTURED
            + " ORDER BY c.oid");
  }

  /** The names of those that are published. */
  static List<TableName> published(Connection connection) throws SQLException {
    return names(
        connection,
        "SELECT schemaname, tablename FROM pg_publication_tables"
            + " WHERE schemaname LIKE 's%' AND tablename LIKE 't%' ORDER BY 1, 2");
  }

  private static List<TableName> names(Connection connection, String sql) throws SQLException {
    List<TableName> names = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      while (row.next()) {
        names.add(new TableName(row.getString(1), row.getString(2)));
      }
    }
    return names;
  }

  /** Looks at a table; empty if there is none of that name. */
  static Optional<LiveTable> find(Connection connection, TableName name) throws SQLException {
    List<LiveColumn> columns = new ArrayList<>();
    List<Integer> key = new ArrayList<>();
    boolean partitioned = false;
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            SELECT a.attname, a.attnum, format_type(a.atttypid, NULL), a.atttypmod, a.attnotnull,
                   a.atthasdef, c.relkind = 'p',
                   EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary
                            AND a.attnum = ANY (i.indkey))
              FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
             WHERE c.oid = to_regclass(?) AND a.attnum > 0 AND NOT a.attisdropped
             ORDER BY a.attnum
            """)) {
      statement.setString(1, name.quoted());
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          columns.add(
              new LiveColumn(
                  row.getString(1),
                  row.getInt(2),
                  row.getString(3),
                  row.getInt(4),
                  row.getBoolean(5),
                  row.getBoolean(6)));
          partitioned = row.getBoolean(7);
          if (row.getBoolean(8)) {
            key.add(row.getInt(2));
          }
        }
      }
    }
    return columns.isEmpty()
        ? Optional.empty()
        : Optional.of(new LiveTable(name, partitioned, key, columns));
  }

  String quoted() {
    return name.quoted();
  }

  boolean hasKey() {
    return !key.isEmpty();
  }

  /** The column that tells rows apart. */
  LiveColumn anchor() {
    return columns.get(0);
  }

  /** Whether no two rows may have the same in the column. */
  boolean isUnique(LiveColumn column) {
    return column.number() == 1 || (column.number() == 2 && hasKey());
  }

  /** Any column that may be dropped and get any value. */
  Optional<LiveColumn> free(RandomGenerator random, Predicate<LiveColumn> wanted) {
    List<LiveColumn> free =
        columns.stream().filter(each -> !isUnique(each)).filter(wanted).toList();
    return free.isEmpty() ? Optional.empty() : Optional.of(free.get(random.nextInt(free.size())));
  }
}
