package io.tidemark.postgres.setup;

import io.tidemark.postgres.Sql;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** What the role of a capture needs to tell messages of the DDL capture from others'. */
final class DdlReader {
  /** Of a view of the key that is to be made, who may read it without a grant. */
  private static final String PRIVILEGES =
      """
      SELECT pg_catalog.has_schema_privilege(r.oid, n.oid, 'USAGE'),
             CASE WHEN c.oid IS NULL OR ? THEN r.rolsuper OR EXISTS (
                    SELECT FROM pg_catalog.pg_roles o
                     WHERE o.rolname = '%s' AND pg_catalog.pg_has_role(r.oid, o.oid, 'USAGE'))
                  ELSE pg_catalog.has_table_privilege(r.oid, c.oid, 'SELECT') END
        FROM pg_catalog.pg_roles r
        JOIN pg_catalog.pg_namespace n ON n.nspname = 'tidemark'
        LEFT JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = 'signing_key'
       WHERE r.rolname = ?
      """
          .formatted(InstalledDdl.ROLE);

  private DdlReader() {}

  static boolean exists(Connection connection, String role) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = ?)")) {
      statement.setString(1, role);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return row.getBoolean(1);
      }
    }
  }

  /**
   * The statements that give a role what it lacks to read the key of the signatures.
   *
   * @param makesKey whether the key's view is another one by then, with the privileges of a new one
   */
  static List<String> missing(Connection connection, String role, boolean makesKey)
      throws SQLException {
    List<String> missing = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(PRIVILEGES)) {
      statement.setBoolean(1, makesKey);
      statement.setString(2, role);
      try (ResultSet row = statement.executeQuery()) {
        // Of a role that is not there nothing is said here.
        if (row.next()) {
          if (!row.getBoolean(1)) {
            missing.add("GRANT USAGE ON SCHEMA tidemark TO " + Sql.identifier(role));
          }
          if (!row.getBoolean(2)) {
            missing.add("GRANT SELECT ON tidemark.signing_key TO " + Sql.identifier(role));
          }
        }
      }
    }
    return missing;
  }
}
