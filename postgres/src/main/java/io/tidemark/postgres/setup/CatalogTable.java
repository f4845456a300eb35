package io.tidemark.postgres.setup;

import io.tidemark.postgres.TableName;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A user's table as the catalog knows it.
 *
 * @param root oid of the partitioned table that it is part of in the end; its own if of none
 * @param partitioned whether it only has partitions, no rows of its own
 * @param identified whether its rows, or those of all its leaves, have a replica identity, so that
 *     updates and deletes work
 * @param generatedIdentity generated columns in the replica identity of its rows, or of those of a
 *     leaf, by name, where the server wants such columns to be published
 * @param owned whether the connected role may publish it
 * @param selectable whether the connected role may read, and so lock, all of it
 * @param secured whether row-level security hides rows from the connected role
 */
record CatalogTable(
    int oid,
    TableName name,
    int root,
    boolean partitioned,
    boolean identified,
    Set<String> generatedIdentity,
    boolean owned,
    boolean selectable,
    boolean secured) {
  /** Of the table that {@code %1$s} stands for. */
  private static final String IDENTIFIED =
      """
      CASE %1$s.relreplident WHEN 'f' THEN true WHEN 'n' THEN false
        ELSE EXISTS (SELECT 1 FROM pg_catalog.pg_index i
                      WHERE i.indrelid = %1$s.oid AND i.indisvalid AND i.indimmediate
                        AND CASE %1$s.relreplident WHEN 'd' THEN i.indisprimary
                              ELSE i.indisreplident END) END""";

  /** Before, no publication has generated columns, and PostgreSQL lets an identity have them. */
  static final int GENERATED_COLUMNS_SINCE = 180_000;

  /** From PostgreSQL 18 on; older servers publish no generated column and ask for none. */
  private static final String GENERATED_IDENTITY =
      """
      ARRAY(SELECT DISTINCT a.attname::text
              FROM pg_catalog.pg_class l
              JOIN pg_catalog.pg_attribute a ON a.attrelid = l.oid AND a.attnum > 0
                   AND NOT a.attisdropped AND a.attgenerated <> ''
             WHERE l.relkind = 'r'
               AND (l.oid = c.oid
                    OR l.oid IN (SELECT t.relid FROM pg_catalog.pg_partition_tree(c.oid) t))
               AND CASE l.relreplident WHEN 'f' THEN true WHEN 'n' THEN false
                     ELSE EXISTS (SELECT 1 FROM pg_catalog.pg_index i
                                   WHERE i.indrelid = l.oid AND a.attnum = ANY (i.indkey)
                                     AND CASE l.relreplident WHEN 'd' THEN i.indisprimary
                                           ELSE i.indisreplident END) END)""";

  private static final String QUERY =
      """
      SELECT c.oid::int8, n.nspname, c.relname,
             coalesce(pg_catalog.pg_partition_root(c.oid)::oid, c.oid)::int8, c.relkind = 'p',
             CASE WHEN c.relkind = 'r' THEN %s
               ELSE NOT EXISTS (SELECT 1 FROM pg_catalog.pg_partition_tree(c.oid) t
                                  JOIN pg_catalog.pg_class l ON l.oid = t.relid
                                 WHERE l.relkind = 'r' AND NOT %s) END,
             %s,
             pg_catalog.pg_has_role(c.relowner, 'USAGE'),
             pg_catalog.has_table_privilege(c.oid, 'SELECT')
               AND pg_catalog.has_schema_privilege(n.oid, 'USAGE'),
             pg_catalog.row_security_active(c.oid)
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind IN ('r', 'p') AND c.relpersistence = 'p' AND c.oid >= 16384
         AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%%%%'
       ORDER BY n.nspname, c.relname
      """
          .formatted(IDENTIFIED.formatted("c"), IDENTIFIED.formatted("l"), "%s");

  /** All ordinary and partitioned tables of the database that can be published. */
  static List<CatalogTable> all(Connection connection) throws SQLException {
    List<CatalogTable> tables = new ArrayList<>();
    String generated =
        Slots.serverVersion(connection) >= GENERATED_COLUMNS_SINCE
            ? GENERATED_IDENTITY
            : "ARRAY[]::text[]";
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(QUERY.formatted(generated))) {
      while (row.next()) {
        tables.add(
            new CatalogTable(
                (int) row.getLong(1),
                new TableName(row.getString(2), row.getString(3)),
                (int) row.getLong(4),
                row.getBoolean(5),
                row.getBoolean(6),
                Set.of((String[]) row.getArray(7).getArray()),
                row.getBoolean(8),
                row.getBoolean(9),
                row.getBoolean(10)));
      }
    }
    return tables;
  }

  /** Those that a dump of the wanted tables reads: leaves where it is partitioned. */
  static List<CatalogTable> dumped(List<CatalogTable> all, Collection<TableName> wanted) {
    Set<Integer> oids =
        all.stream()
            .filter(table -> wanted.contains(table.name()))
            .map(CatalogTable::oid)
            .collect(Collectors.toSet());
    return all.stream()
        .filter(table -> oids.contains(table.oid()) || oids.contains(table.root()))
        .filter(table -> !table.partitioned())
        .toList();
  }

  boolean isPartition() {
    return root != oid;
  }
}
