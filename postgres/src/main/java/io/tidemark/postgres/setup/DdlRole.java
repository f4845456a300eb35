package io.tidemark.postgres.setup;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** Checks the role that owns the DDL capture, and who may use its schema. */
final class DdlRole {
  private static final String ROLE =
      """
      SELECT r.rolsuper OR r.rolcreaterole OR r.rolbypassrls, r.rolcanlogin,
             pg_catalog.has_schema_privilege(r.oid, 'tidemark'::pg_catalog.regnamespace, 'USAGE')
        FROM pg_catalog.pg_roles r WHERE r.rolname = '%s'
      """
          .formatted(InstalledDdl.ROLE);
  private static final String PUBLIC =
      """
      SELECT EXISTS (SELECT FROM pg_catalog.pg_namespace n, pg_catalog.aclexplode(n.nspacl) a
                      WHERE n.nspname = 'tidemark' AND a.grantee = 0)
      """;
  private static final String GRANT =
      "GRANT USAGE, CREATE ON SCHEMA tidemark TO " + InstalledDdl.ROLE;

  private DdlRole() {}

  static List<DdlFinding> check(Connection connection) throws SQLException {
    List<DdlFinding> findings = new ArrayList<>();
    try (Statement statement = connection.createStatement()) {
      try (ResultSet row = statement.executeQuery(ROLE)) {
        if (!row.next()) {
          findings.add(
              DdlFinding.problem(
                  "there is no role '%s', which is to own the functions"
                      .formatted(InstalledDdl.ROLE),
                  "CREATE ROLE %s NOLOGIN".formatted(InstalledDdl.ROLE),
                  GRANT));
        } else {
          if (row.getBoolean(1) || row.getBoolean(2)) {
            findings.add(
                DdlFinding.problem(
                    "role '%s', as which the capture runs in everyone's statements, may more than it is to"
                        .formatted(InstalledDdl.ROLE),
                    "ALTER ROLE %s NOSUPERUSER NOCREATEROLE NOBYPASSRLS NOLOGIN"
                        .formatted(InstalledDdl.ROLE)));
          }
          if (!row.getBoolean(3)) {
            findings.add(
                DdlFinding.problem(
                    "role '%s' may not use schema tidemark: each statement leaves a gap"
                        .formatted(InstalledDdl.ROLE),
                    GRANT));
          }
        }
      }
      try (ResultSet row = statement.executeQuery(PUBLIC)) {
        row.next();
        if (row.getBoolean(1)) {
          findings.add(
              DdlFinding.problem(
                  "everyone may use schema tidemark", "REVOKE ALL ON SCHEMA tidemark FROM PUBLIC"));
        }
      }
    }
    return findings;
  }
}
