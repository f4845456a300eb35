package io.tidemark.postgres.catalog;

import io.tidemark.postgres.Column;
import io.tidemark.postgres.PgType;
import io.tidemark.postgres.Sql;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.postgres.types.TypeCatalog;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * Reads what a publication holds, on the server that the dump is read from, and never touches a
 * user table. One publication at a time: what several publish of one table together, with their
 * column lists and row filters, is not supported.
 *
 * <p>A standby may not have replayed a publication or a table yet; it is then empty here. Answers
 * are as of one moment per call and may be out of date at once: chunks check.
 *
 * <p>Takes the connection over: it changes its settings and transactions. Not thread-safe.
 */
public final class CatalogReader {
  private static final int ROW_FILTERS_SINCE = 150_000;
  private static final int GENERATED_COLUMNS_SINCE = 180_000;

  private static final String PUBLISHED =
      """
      SELECT t.schemaname, t.tablename, c.oid::int8 AS oid, c.relreplident, %s AS columns,
             %s AS row_filter
        FROM pg_catalog.pg_publication_tables t
        JOIN pg_catalog.pg_namespace n ON n.nspname = t.schemaname
        JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = t.tablename
       WHERE t.pubname = ? AND (?::text IS NULL OR (t.schemaname = ? AND t.tablename = ?))
       ORDER BY t.schemaname, t.tablename
      """;

  private static final String COLUMNS =
      """
      SELECT a.attname, a.atttypid::int8 AS type, a.atttypmod, a.attnum
        FROM pg_catalog.pg_attribute a
       WHERE a.attrelid = ?::int8::oid AND a.attnum > 0 AND NOT a.attisdropped
         AND (a.attgenerated = '' OR ?) AND (?::text[] IS NULL OR a.attname = ANY (?::text[]))
       ORDER BY a.attnum
      """;

  /** Leaves that cannot be published (foreign tables) are left out, as the stream does. */
  private static final String LEAVES =
      """
      SELECT c.oid::int8 AS oid, n.nspname, c.relname,
             pg_catalog.pg_relation_filenode(c.oid)::int8 AS file_node, %s AS shape
        FROM pg_catalog.pg_partition_tree(?::int8::oid::regclass) p
        JOIN pg_catalog.pg_class c ON c.oid = p.relid
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind = 'r' AND p.isleaf
      UNION ALL
      SELECT c.oid::int8, n.nspname, c.relname,
             pg_catalog.pg_relation_filenode(c.oid)::int8, %s
        FROM pg_catalog.pg_class c
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       WHERE c.oid = ?::int8::oid AND c.relkind = 'r' AND NOT c.relispartition
       ORDER BY 2, 3
      """;

  private static final String SIZE =
      """
      SELECT coalesce(pg_catalog.pg_relation_size(c.oid), 0)
               / pg_catalog.current_setting('block_size')::int8,
             coalesce(pg_catalog.pg_relation_size(c.oid), 0)
               + coalesce(pg_catalog.pg_relation_size(nullif(c.reltoastrelid, 0)), 0)
        FROM pg_catalog.pg_class c WHERE c.oid = ?::int8::oid
      """;

  private final Connection connection;
  private final TypeCatalog types;
  private final int version;

  /** Of another session, in which all is read; null for the newest each time. */
  private final String snapshot;

  /** A row of {@link #PUBLISHED}. */
  private record Published(
      TableName name, int oid, ReplicaIdentity identity, String columns, String rowFilter) {}

  @FunctionalInterface
  private interface Query<T> {
    T run() throws SQLException;
  }

  /**
   * @param connection an endpoint's: with its empty search path row filters are printed with every
   *     name qualified that is not in pg_catalog
   * @throws SQLException if the server cannot be asked
   */
  public CatalogReader(Connection connection, TypeCatalog types) throws SQLException {
    this(connection, types, null);
  }

  /**
   * As {@link #CatalogReader(Connection, TypeCatalog)}, as of a snapshot that another session has
   * exported. What the publication is comes from the catalog of now all the same.
   *
   * @param snapshot its name; null for the newest at each call
   */
  public CatalogReader(Connection connection, TypeCatalog types, String snapshot)
      throws SQLException {
    this.connection = connection;
    this.types = types;
    this.snapshot = snapshot;
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SHOW server_version_num")) {
      row.next();
      this.version = row.getInt(1);
    }
    connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
    connection.setReadOnly(true);
  }

  /**
   * The names of all tables that the publication publishes, in order, and their oids: roots of
   * partitioned tables where it publishes via them, else their leaves. Empty if there is no such
   * publication.
   */
  public SortedMap<TableName, Integer> publishedTables(String publication) throws SQLException {
    String sql =
        """
        SELECT t.schemaname, t.tablename, c.oid::int8
          FROM pg_catalog.pg_publication_tables t
          JOIN pg_catalog.pg_namespace n ON n.nspname = t.schemaname
          JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = t.tablename
         WHERE t.pubname = ?
        """;
    return inOneSnapshot(
        () -> {
          try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, publication);
            SortedMap<TableName, Integer> tables = new TreeMap<>();
            try (ResultSet rows = statement.executeQuery()) {
              while (rows.next()) {
                TableName name = new TableName(rows.getString(1), rows.getString(2));
                tables.put(name, (int) rows.getLong(3));
              }
            }
            return tables;
          }
        });
  }

  /**
   * The physical tables whose rows are published under this name: one, or the leaves of a
   * partitioned table that is published via its root. Empty if the name is not published.
   */
  public List<PhysicalTable> tables(String publication, TableName name) throws SQLException {
    return inOneSnapshot(
        () -> {
          List<Published> published = published(publication, name);
          return published.isEmpty()
              ? List.of()
              : leaves(schema(published.get(0)), published.get(0).rowFilter());
        });
  }

  /** Whether the publication publishes a table of this name, with partitions or without. */
  public boolean publishes(String publication, TableName name) throws SQLException {
    return inOneSnapshot(() -> !published(publication, name).isEmpty());
  }

  /** All tables that the publication publishes and the filter takes, by name. */
  public List<PublishedSchema> schemas(String publication, Predicate<TableName> filter)
      throws SQLException {
    return inOneSnapshot(
        () -> {
          List<PublishedSchema> schemas = new ArrayList<>();
          for (Published published : published(publication, null)) {
            if (filter.test(published.name())) {
              TableSchema schema = schema(published);
              List<PhysicalTable> leaves = leaves(schema, published.rowFilter());
              schemas.add(
                  new PublishedSchema(
                      schema,
                      leaves.isEmpty()
                          ? List.of(schema.oid())
                          : leaves.stream().map(PhysicalTable::oid).toList()));
            }
          }
          return schemas;
        });
  }

  /** How large the table is now; nothing if it is gone. */
  public TableSize size(PhysicalTable table) throws SQLException {
    return inOneSnapshot(
        () -> {
          try (PreparedStatement statement = connection.prepareStatement(SIZE)) {
            statement.setLong(1, Integer.toUnsignedLong(table.oid()));
            try (ResultSet row = statement.executeQuery()) {
              return row.next()
                  ? new TableSize(row.getLong(1), row.getLong(2))
                  : new TableSize(0, 0);
            }
          }
        });
  }

  /** Of all names, if {@code name} is null. */
  private List<Published> published(String publication, TableName name) throws SQLException {
    boolean filters = version >= ROW_FILTERS_SINCE;
    String sql =
        filters
            ? PUBLISHED.formatted("t.attnames::text", "t.rowfilter")
            : PUBLISHED.formatted("NULL::text", "NULL::text");
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, publication);
      statement.setString(2, name == null ? null : name.schema());
      statement.setString(3, name == null ? null : name.schema());
      statement.setString(4, name == null ? null : name.name());
      List<Published> published = new ArrayList<>();
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          published.add(
              new Published(
                  new TableName(row.getString("schemaname"), row.getString("tablename")),
                  (int) row.getLong("oid"),
                  ReplicaIdentity.of(row.getString("relreplident").charAt(0)),
                  row.getString("columns"),
                  row.getString("row_filter")));
        }
      }
      return published;
    }
  }

  private TableSchema schema(Published published) throws SQLException {
    List<Column> columns = columns(published);
    int[] key =
        KeyRule.key(published.identity(), columns, KeyRule.indexes(connection, published.oid()));
    return new TableSchema(published.oid(), published.name(), published.identity(), columns, key);
  }

  private List<PhysicalTable> leaves(TableSchema schema, String rowFilter) throws SQLException {
    String sql = LEAVES.formatted(TableShape.sql("c.oid"), TableShape.sql("c.oid"));
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setLong(1, Integer.toUnsignedLong(schema.oid()));
      statement.setLong(2, Integer.toUnsignedLong(schema.oid()));
      List<PhysicalTable> tables = new ArrayList<>();
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          tables.add(
              new PhysicalTable(
                  schema,
                  (int) row.getLong("oid"),
                  new TableName(row.getString("nspname"), row.getString("relname")),
                  row.getLong("file_node"),
                  row.getLong("shape"),
                  rowFilter));
        }
      }
      return tables;
    }
  }

  private List<Column> columns(Published published) throws SQLException {
    record Found(String name, int type, int modifier, int number) {}
    List<Found> found = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(COLUMNS)) {
      statement.setLong(1, Integer.toUnsignedLong(published.oid()));
      // From PostgreSQL 18 on, the view lists generated columns if they are published.
      statement.setBoolean(2, version >= GENERATED_COLUMNS_SINCE);
      statement.setString(3, published.columns());
      statement.setString(4, published.columns());
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          found.add(
              new Found(row.getString(1), (int) row.getLong(2), row.getInt(3), row.getInt(4)));
        }
      }
    }
    Map<Integer, PgType> resolved =
        types.resolve(connection, found.stream().map(Found::type).distinct().toList());
    return found.stream()
        .map(
            column ->
                new Column(
                    column.name(), resolved.get(column.type()), column.modifier(), column.number()))
        .toList();
  }

  private <T> T inOneSnapshot(Query<T> query) throws SQLException {
    connection.setAutoCommit(false);
    try {
      if (snapshot != null) {
        try (Statement statement = connection.createStatement()) {
          statement.execute("SET TRANSACTION SNAPSHOT " + Sql.literal(snapshot));
        }
      }
      T result = query.run();
      connection.commit();
      return result;
    } finally {
      // Ends a failed transaction, too.
      connection.rollback();
      connection.setAutoCommit(true);
    }
  }
}
