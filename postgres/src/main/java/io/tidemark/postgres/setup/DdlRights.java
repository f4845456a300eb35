package io.tidemark.postgres.setup;

import io.tidemark.postgres.Sql;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** What a role needs to install the DDL capture. */
final class DdlRights {
  private static final String INSUFFICIENT_PRIVILEGE = "42501";
  private static final String ROLE =
      """
      SELECT r.rolname, r.rolsuper, r.rolcreaterole,
             pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE'),
             EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'tidemark_ddl'),
             EXISTS (SELECT FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles o
                      ON o.oid = m.roleid WHERE o.rolname = 'tidemark_ddl' AND m.member = r.oid)
        FROM pg_catalog.pg_roles r
       WHERE r.rolname = current_user
      """;

  private DdlRights() {}

  /**
   * All that is missing.
   *
   * @param connection in a transaction, in which nothing is changed
   */
  static List<Problem> missing(Connection connection) throws SQLException {
    List<Problem> missing = new ArrayList<>();
    String role;
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(ROLE)) {
      row.next();
      if (row.getBoolean(2)) {
        return missing;
      }
      role = Sql.identifier(row.getString(1));
      boolean createsRoles = row.getBoolean(3);
      boolean roleExists = row.getBoolean(5);
      if (!row.getBoolean(4)) {
        missing.add(
            new Problem(
                "role %s may not create a schema in database '%s'"
                    .formatted(role, connection.getCatalog()),
                "GRANT CREATE ON DATABASE %s TO %s"
                    .formatted(Sql.identifier(connection.getCatalog()), role)));
      }
      if (!roleExists && !createsRoles) {
        missing.add(
            new Problem(
                "role %s may not create roles, and there is no role 'tidemark_ddl'".formatted(role),
                "ALTER ROLE %s CREATEROLE, or as one who may: CREATE ROLE tidemark_ddl NOLOGIN; GRANT tidemark_ddl TO %s"
                    .formatted(role, role)));
      } else if (roleExists && !createsRoles && !row.getBoolean(6)) {
        missing.add(
            new Problem(
                "role %s is no member of 'tidemark_ddl', which is to own the functions"
                    .formatted(role),
                "GRANT tidemark_ddl TO " + role));
      }
    }
    if (!mayCreateEventTriggers(connection)) {
      missing.add(
          new Problem(
              "role %s may not create event triggers on this server".formatted(role),
              "log in as a superuser; on a managed server as its administrator: a member of"
                  + " rds_superuser, cloudsqlsuperuser, alloydbsuperuser or neon_superuser, on"
                  + " Supabase postgres"));
    }
    return missing;
  }

  /** No catalog tells, as managed servers have rules of their own: it is tried, for no function. */
  private static boolean mayCreateEventTriggers(Connection connection) throws SQLException {
    Savepoint before = connection.setSavepoint();
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          "CREATE EVENT TRIGGER \" tidemark\" ON ddl_command_end"
              + " EXECUTE FUNCTION pg_catalog.tidemark_is_not_there()");
      return true;
    } catch (SQLException e) {
      return !INSUFFICIENT_PRIVILEGE.equals(e.getSQLState());
    } finally {
      connection.rollback(before);
    }
  }
}
