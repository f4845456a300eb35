package io.tidemark.postgres.setup;

import io.tidemark.postgres.Sql;
import io.tidemark.postgres.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/** Publications of the database at the other end of a connection. */
public final class Publications {
  private static final String TABLES =
      """
      SELECT c.oid::int8, p.schemaname, p.tablename, a.attname, a.atttypid::int8
        FROM pg_catalog.pg_publication_tables p
        JOIN pg_catalog.pg_namespace n ON n.nspname = p.schemaname
        JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = p.tablename
        LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
             AND NOT a.attisdropped AND %s
       WHERE p.pubname = ?
       ORDER BY p.schemaname, p.tablename, a.attnum
      """;

  private static final String DDL_LOG =
      """
      SELECT n.nspname, c.relname
        FROM pg_catalog.pg_class c
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       WHERE n.nspname = 'pgcapture' AND c.relname = 'ddl_logs' AND c.relkind = 'r'
         AND pg_catalog.pg_has_role(c.relowner, 'USAGE')
      """;

  private Publications() {}

  /** The oid of the publication of this name, if there is one: another one has another. */
  public static OptionalInt oid(Connection connection, String name) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT oid::int8 FROM pg_catalog.pg_publication WHERE pubname = ?")) {
      statement.setString(1, name);
      try (ResultSet row = statement.executeQuery()) {
        return row.next() ? OptionalInt.of((int) row.getLong(1)) : OptionalInt.empty();
      }
    }
  }

  /** The publication of this name, if there is one. */
  public static Optional<Publication> find(Connection connection, String name) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT pubinsert, pubupdate OR pubdelete, pubviaroot"
                + " FROM pg_catalog.pg_publication WHERE pubname = ?")) {
      statement.setString(1, name);
      try (ResultSet row = statement.executeQuery()) {
        if (!row.next()) {
          return Optional.empty();
        }
        return Optional.of(
            new Publication(
                name,
                row.getBoolean(1),
                row.getBoolean(2),
                row.getBoolean(3),
                tables(connection, name)));
      }
    }
  }

  /**
   * Makes a publication of inserts, updates, deletes and truncates of these tables, and not of
   * those that inherit from them.
   *
   * @param tables at least one; the role must own them
   * @param viaRoot whether partitions are published as their root
   */
  public static void create(
      Connection connection, String name, Collection<TableName> tables, boolean viaRoot)
      throws SQLException {
    String list =
        tables.stream().map(table -> "ONLY " + table.quoted()).collect(Collectors.joining(", "));
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          "CREATE PUBLICATION "
              + Sql.identifier(name)
              + " FOR TABLE "
              + list
              + " WITH (publish_via_partition_root = "
              + viaRoot
              + ")");
    }
  }

  /**
   * The table in which pgcapture's own extension logs DDL statements, if it is there and may be
   * published by the role.
   */
  public static Optional<TableName> ddlLog(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(DDL_LOG)) {
      return row.next()
          ? Optional.of(new TableName(row.getString(1), row.getString(2)))
          : Optional.empty();
    }
  }

  private static List<PublishedTable> tables(Connection connection, String name)
      throws SQLException {
    // Column lists exist from PostgreSQL 15 on.
    String columns =
        Slots.serverVersion(connection) >= 150000
            ? "a.attname = ANY (p.attnames)"
            : "a.attgenerated = ''";
    Map<Integer, PublishedTable> tables = new LinkedHashMap<>();
    Map<Integer, List<PublishedTable.PublishedColumn>> published = new LinkedHashMap<>();
    try (PreparedStatement statement = connection.prepareStatement(TABLES.formatted(columns))) {
      statement.setString(1, name);
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          int oid = (int) row.getLong(1);
          TableName table = new TableName(row.getString(2), row.getString(3));
          tables.putIfAbsent(oid, new PublishedTable(oid, table, List.of()));
          List<PublishedTable.PublishedColumn> of =
              published.computeIfAbsent(oid, first -> new ArrayList<>());
          // A table may have no column.
          if (row.getString(4) != null) {
            of.add(new PublishedTable.PublishedColumn(row.getString(4), (int) row.getLong(5)));
          }
        }
      }
    }
    return tables.values().stream()
        .map(table -> new PublishedTable(table.oid(), table.name(), published.get(table.oid())))
        .toList();
  }
}
