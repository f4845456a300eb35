package io.tidemark.postgres.setup;

import io.tidemark.postgres.TableName;
import io.tidemark.postgres.connection.Endpoint;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.Optional;

/** What keeps a role from reading all rows of a table at a dump source. */
public final class DumpRights {
  private static final String RIGHTS =
      """
      SELECT n.nspname, c.relname,
             pg_catalog.has_table_privilege(c.oid, 'SELECT')
               AND pg_catalog.has_schema_privilege(n.oid, 'USAGE'),
             pg_catalog.row_security_active(c.oid)
        FROM pg_catalog.pg_class c
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       WHERE c.oid = ANY (?::int8[]::oid[])
       ORDER BY n.nspname, c.relname
      """;

  private DumpRights() {}

  /**
   * What keeps the connected role from reading the first of these tables that it may not read; one
   * that does not exist is none.
   *
   * @param source where the connection is to
   * @param oids tables with rows: a partitioned table's leaves
   * @throws SQLException if the server cannot be asked
   */
  public static Optional<Problem> missing(
      Connection connection, Endpoint source, Collection<Integer> oids) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(RIGHTS)) {
      Object[] unsigned = oids.stream().map(Integer::toUnsignedLong).toArray();
      statement.setArray(1, connection.createArrayOf("int8", unsigned));
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          TableName table = new TableName(row.getString(1), row.getString(2));
          Optional<Problem> problem = missing(source, table, row.getBoolean(3), row.getBoolean(4));
          if (problem.isPresent()) {
            return problem;
          }
        }
      }
    }
    return Optional.empty();
  }

  static Optional<Problem> missing(
      Endpoint source, TableName table, boolean selectable, boolean secured) {
    if (!selectable) {
      return Optional.of(
          new Problem(
              "the role may not read table %s as a whole at %s".formatted(table, source),
              "GRANT USAGE ON SCHEMA and GRANT SELECT ON "
                  + table.quoted()
                  + " to it: a dump locks the table, which PostgreSQL lets nobody do who may read"
                  + " some columns alone; a column list of the publication leaves others out"));
    }
    if (secured) {
      return Optional.of(
          new Problem(
              "row-level security hides rows of table %s from the role at %s"
                  .formatted(table, source),
              "ALTER ROLE ... BYPASSRLS, as rows that a dump does not see are lost"));
    }
    return Optional.empty();
  }
}
