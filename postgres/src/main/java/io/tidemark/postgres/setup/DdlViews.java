package io.tidemark.postgres.setup;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Checks the materialized views, of which one is the key of the signatures: who has it can pass
 * statements off as captured ones.
 */
final class DdlViews {
  private static final String KEY = "signing_key";
  private static final String NO_SUCH_COLUMN = "42703";
  private static final String NO_SUCH_FUNCTION = "42883";
  private static final String VIEW =
      """
      SELECT c.relkind, c.relispopulated, pg_catalog.pg_get_userbyid(c.relowner),
             EXISTS (SELECT FROM pg_catalog.aclexplode(c.relacl) a WHERE a.grantee = 0),
             pg_catalog.has_table_privilege(c.oid, 'SELECT')
               AND pg_catalog.has_schema_privilege(c.relnamespace, 'USAGE'), %s
        FROM pg_catalog.pg_class c
       WHERE c.relnamespace = 'tidemark'::pg_catalog.regnamespace AND c.relname = ?
      """
          .formatted(DdlMembers.isMember("pg_class", "c.oid"));

  /** What else a relation of that name may be. */
  private static final Map<String, String> KINDS =
      Map.of(
          "m", "MATERIALIZED VIEW",
          "v", "VIEW",
          "f", "FOREIGN TABLE",
          "S", "SEQUENCE",
          "i", "INDEX",
          "c", "TYPE");

  private final Connection connection;
  private final DdlScript script;
  private final DdlMembers members;
  private final List<DdlFinding> findings = new ArrayList<>();
  private boolean makesKey;

  DdlViews(Connection connection, DdlScript script, DdlMembers members) {
    this.connection = connection;
    this.script = script;
    this.members = members;
  }

  /**
   * Whether what mends it makes another view of the key, which nobody may read; after the check.
   */
  boolean makesKey() {
    return makesKey;
  }

  List<DdlFinding> check() throws SQLException {
    for (DdlScript.View view : script.views()) {
      try (PreparedStatement statement = connection.prepareStatement(VIEW)) {
        statement.setString(1, view.name());
        try (ResultSet row = statement.executeQuery()) {
          if (!row.next()) {
            problem(
                "materialized view tidemark.%s is missing: each statement leaves a gap"
                    .formatted(view.name()),
                creation(view));
          } else if (!row.getString(1).equals("m")) {
            problem(
                "tidemark.%s is no materialized view: a publication of all tables sends it"
                    .formatted(view.name()),
                replacement(view, row));
          } else {
            view(view, row);
          }
        }
      }
    }
    return findings;
  }

  private void view(DdlScript.View view, ResultSet row) throws SQLException {
    String refresh = "REFRESH MATERIALIZED VIEW tidemark." + view.name();
    String owner = row.getString(3);
    if (!owner.equals(InstalledDdl.ROLE)) {
      problem(
          "tidemark.%s is owned by '%s', not 'tidemark_ddl'".formatted(view.name(), owner),
          List.of(owner(view)));
    }
    if (row.getBoolean(4)) {
      problem(
          "everyone may read tidemark.%s%s"
              .formatted(view.name(), view.name().equals(KEY) ? ", and so forge messages" : ""),
          List.of("REVOKE ALL ON tidemark.%s FROM PUBLIC".formatted(view.name()), refresh));
    }
    if (!row.getBoolean(2)) {
      problem(
          "tidemark.%s has not been populated: each statement leaves a gap".formatted(view.name()),
          List.of(refresh));
    } else if (view.name().equals(KEY) && row.getBoolean(5) && !isKey()) {
      problem(
          "tidemark.%s is not one key of 32 bytes: messages do not verify".formatted(KEY),
          replacement(view, row));
      return;
    }
    findings.addAll(members.check(object(view), row.getBoolean(6)));
  }

  private List<String> creation(DdlScript.View view) {
    makesKey |= view.name().equals(KEY);
    return members.creation(object(view), view.statement(), owner(view));
  }

  private List<String> replacement(DdlScript.View view, ResultSet row) throws SQLException {
    String object =
        "%s tidemark.%s".formatted(KINDS.getOrDefault(row.getString(1), "TABLE"), view.name());
    List<String> statements = new ArrayList<>(DdlMembers.removal(object, row.getBoolean(6)));
    statements.addAll(creation(view));
    return statements;
  }

  private boolean isKey() throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT count(*) = 1 AND min(pg_catalog.length(key)) = 32"
                    + " FROM tidemark.signing_key")) {
      row.next();
      return row.getBoolean(1);
    } catch (SQLException e) {
      if (NO_SUCH_COLUMN.equals(e.getSQLState()) || NO_SUCH_FUNCTION.equals(e.getSQLState())) {
        return false; // it has no column of that name, or of that type
      }
      throw e;
    }
  }

  private static String object(DdlScript.View view) {
    return "MATERIALIZED VIEW tidemark." + view.name();
  }

  private static String owner(DdlScript.View view) {
    return "ALTER %s OWNER TO %s".formatted(object(view), InstalledDdl.ROLE);
  }

  private void problem(String what, List<String> sql) {
    findings.add(DdlFinding.problem(what, sql));
  }
}
