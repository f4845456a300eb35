package io.tidemark.postgres.setup;

import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.postgres.catalog.KeyRule;
import io.tidemark.postgres.setup.PublishedTable.PublishedColumn;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Whether updates and deletes will say which rows they are of. What PostgreSQL sends of an old row
 * is by the replica identity of the physical table, the key by that of the table that it is
 * published as: see {@link KeyRule}.
 */
final class KeyChecks {
  /** The physical tables of each published one: its leaves, or itself. */
  private static final String TABLES =
      """
      SELECT p.oid::int8, p.relreplident, l.oid::int8, n.nspname, l.relname, l.relreplident,
             ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a
                    WHERE a.attrelid = l.oid AND a.attnum > 0 AND a.attgenerated <> '')
        FROM pg_catalog.pg_class p
        CROSS JOIN LATERAL (
          SELECT p.oid AS oid WHERE p.relkind = 'r'
          UNION ALL
          SELECT t.relid FROM pg_catalog.pg_partition_tree(p.oid) t
           WHERE p.relkind = 'p' AND t.isleaf) physical
        JOIN pg_catalog.pg_class l ON l.oid = physical.oid AND l.relkind = 'r'
        JOIN pg_catalog.pg_namespace n ON n.oid = l.relnamespace
       WHERE p.oid = ANY (?::int8[]::oid[])
       ORDER BY n.nspname, l.relname
      """;

  private KeyChecks() {}

  /**
   * A table with rows, and the one whose name these carry.
   *
   * @param generated its generated columns
   */
  private record Physical(
      int root,
      ReplicaIdentity rootIdentity,
      int oid,
      TableName name,
      ReplicaIdentity identity,
      Set<String> generated) {}

  /**
   * The published tables of which some rows could not be told from others. Those whose updates and
   * deletes PostgreSQL itself refuses are not among them.
   */
  static List<Problem> unfit(Connection connection, List<PublishedTable> tables)
      throws SQLException {
    Map<Integer, PublishedTable> roots =
        tables.stream().collect(Collectors.toMap(PublishedTable::oid, Function.identity()));
    List<Physical> found = physical(connection, roots.keySet());
    Set<Integer> oids = new HashSet<>(roots.keySet());
    found.forEach(table -> oids.add(table.oid));
    Map<Integer, KeyRule.Indexes> indexes = KeyRule.indexes(connection, oids);
    boolean generatedToo = Slots.serverVersion(connection) >= CatalogTable.GENERATED_COLUMNS_SINCE;
    List<Problem> problems = new ArrayList<>();
    for (Physical table : found) {
      PublishedTable root = roots.get(table.root);
      if (table.identity != ReplicaIdentity.FULL) {
        Set<String> sent = indexes.get(table.oid).sent(table.identity);
        Set<String> published =
            root.columns().stream().map(PublishedColumn::name).collect(Collectors.toSet());
        Set<String> key = KeyRule.key(table.rootIdentity, published, indexes.get(table.root));
        Set<String> needed = new HashSet<>(sent);
        if (!generatedToo) {
          needed.removeAll(table.generated);
        }
        if (published.containsAll(needed) && !KeyRule.tells(key, sent)) {
          boolean primary = key.equals(indexes.get(table.oid).primaryKey());
          problems.add(problem(table, root, key, sent, !key.isEmpty() && primary));
        }
      }
    }
    return problems;
  }

  private static List<Physical> physical(Connection connection, Set<Integer> published)
      throws SQLException {
    List<Physical> tables = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(TABLES)) {
      Object[] oids = published.stream().map(Integer::toUnsignedLong).toArray();
      statement.setArray(1, connection.createArrayOf("int8", oids));
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          tables.add(
              new Physical(
                  (int) row.getLong(1),
                  ReplicaIdentity.of(row.getString(2).charAt(0)),
                  (int) row.getLong(3),
                  new TableName(row.getString(4), row.getString(5)),
                  ReplicaIdentity.of(row.getString(6).charAt(0)),
                  Set.of((String[]) row.getArray(7).getArray())));
        }
      }
    }
    return tables;
  }

  private static Problem problem(
      Physical table, PublishedTable root, Set<String> key, Set<String> sent, boolean primary) {
    String whose =
        table.oid == root.oid() ? "" : ", as its rows are told as those of " + root.name();
    return new Problem(
        ("the replica identity of table %s is %s, but the key of its rows is %s%s: an update or a"
                + " delete would not say which row it is of")
            .formatted(
                table.name,
                new TreeSet<>(sent),
                key.isEmpty() ? "the whole row" : new TreeSet<>(key),
                whose),
        "ALTER TABLE %s REPLICA IDENTITY %s"
            .formatted(table.name.quoted(), primary ? "DEFAULT" : "FULL"));
  }
}
