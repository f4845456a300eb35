package io.tidemark.postgres.setup;

import io.tidemark.postgres.Sql;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Looks at everything that the DDL capture of a database needs, and finds all that is wrong at
 * once. Reads catalogs alone.
 */
public final class DdlCheck {
  private static final int EVENT_TRIGGERS_SETTING = 170000;

  /** Who has turned event triggers off, but for the server. */
  private static final String TURNED_OFF =
      """
      SELECT d.datname, r.rolname
        FROM pg_catalog.pg_db_role_setting s
        CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) c
        LEFT JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
        LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole
       WHERE c ~* '^event_triggers=(of|f|n|0)'
         AND (d.datname = pg_catalog.current_database() OR s.setdatabase = 0)
      """;

  private final Connection connection;
  private final DdlScripts scripts;
  private final List<DdlFinding> findings = new ArrayList<>();

  private DdlCheck(Connection connection, DdlScripts scripts) {
    this.connection = connection;
    this.scripts = scripts;
  }

  /**
   * What there is, and what is wrong with it.
   *
   * @param installed what was found; empty if nothing
   * @param findings what is wrong
   */
  public record Result(Optional<InstalledDdl> installed, List<DdlFinding> findings) {
    /** Whether nothing is wrong; there may be notes. */
    public boolean isSound() {
      return findings.stream()
          .noneMatch(finding -> finding.severity() == DdlFinding.Severity.PROBLEM);
    }
  }

  /**
   * Checks a database.
   *
   * @param reader the role of a capture, if it is another one than the connection's
   */
  public static Result check(Connection connection, Optional<String> reader) throws SQLException {
    return check(connection, reader, DdlScripts.bundled());
  }

  static Result check(Connection connection, Optional<String> reader, DdlScripts scripts)
      throws SQLException {
    return new DdlCheck(connection, scripts).run(reader);
  }

  private Result run(Optional<String> reader) throws SQLException {
    server();
    Optional<InstalledDdl> installed = Optional.empty();
    try {
      installed = InstalledDdl.find(connection);
      if (installed.isEmpty()) {
        findings.add(
            DdlFinding.problem("database '%s' does not have it".formatted(connection.getCatalog()))
                .todo(
                    "./tidemark ddl install"
                        + reader.map(role -> " --for-role '" + role + "'").orElse("")));
      }
    } catch (RefusedException e) {
      findings.add(DdlFinding.problem(e.getMessage()));
    }
    if (installed.isPresent()) {
      objects(installed.get(), reader);
    } else {
      findings.addAll(new DdlLibrary(connection).check(false, false));
    }
    return new Result(installed, List.copyOf(findings));
  }

  private void objects(InstalledDdl installed, Optional<String> reader) throws SQLException {
    DdlScript script = scripts.installation();
    DdlMembers members = new DdlMembers(installed.isExtension());
    DdlFunctions functions = new DdlFunctions(connection, script, members);
    DdlViews views = new DdlViews(connection, script, members);
    boolean isOfVersion = version(installed);
    if (isOfVersion) {
      findings.addAll(DdlRole.check(connection));
      findings.addAll(functions.check());
      findings.addAll(views.check());
      findings.addAll(new DdlTriggers(connection, script, members).check());
    }
    reader(reader, views.makesKey());
    findings.addAll(new DdlLibrary(connection).check(functions.callsLibrary(), isOfVersion));
  }

  private void reader(Optional<String> reader, boolean makesKey) throws SQLException {
    String role =
        reader.isPresent() ? reader.get() : Preflight.text(connection, "SELECT current_user");
    if (!DdlReader.exists(connection, role)) {
      findings.add(
          DdlFinding.problem("there is no role '%s'".formatted(role))
              .todo("create it, or name the role that the capture logs in as"));
      return;
    }
    List<String> grants = DdlReader.missing(connection, role, makesKey);
    if (!grants.isEmpty()) {
      findings.add(
          DdlFinding.problem(
              "role '%s' may not read the key: a capture as it trusts no message".formatted(role),
              grants));
    }
  }

  private void server() throws SQLException {
    if (isTrue("SELECT pg_catalog.pg_is_in_recovery()")) {
      findings.add(
          DdlFinding.problem("the server is in recovery: it is a standby")
              .todo("give the primary's URL: what is wrong here is mended there"));
    }
    String walLevel = Preflight.text(connection, "SHOW wal_level");
    if (!walLevel.equals("logical")) {
      findings.add(
          DdlFinding.problem(
                  "wal_level is '%s': nothing can be decoded".formatted(walLevel),
                  "ALTER SYSTEM SET wal_level = 'logical'")
              .todo("then restart the server"));
    }
    if (Slots.serverVersion(connection) >= EVENT_TRIGGERS_SETTING) {
      eventTriggersOff();
    }
  }

  private void eventTriggersOff() throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(TURNED_OFF)) {
      while (row.next()) {
        String database = row.getString(1);
        String role = row.getString(2);
        String whose =
            role == null
                ? "DATABASE " + Sql.identifier(database)
                : "ROLE "
                    + Sql.identifier(role)
                    + (database == null ? "" : " IN DATABASE " + Sql.identifier(database));
        findings.add(
            DdlFinding.problem(
                "event_triggers is off for %s: statements of such sessions are not captured"
                    .formatted(whose),
                "ALTER %s RESET event_triggers".formatted(whose)));
      }
    }
    if (isTrue(
        "SELECT source IN ('configuration file', 'command line') AND setting = 'off'"
            + " FROM pg_catalog.pg_settings WHERE name = 'event_triggers'")) {
      findings.add(
          DdlFinding.problem(
              "event_triggers is off for the server: no statement is captured",
              "ALTER SYSTEM SET event_triggers = on",
              "SELECT pg_catalog.pg_reload_conf()"));
    }
  }

  /** False if the objects are those of another version, of which nothing can be said. */
  private boolean version(InstalledDdl installed) {
    String newest = scripts.newest();
    if (installed.version().isEmpty()) {
      findings.add(
          DdlFinding.problem(
              "nothing tells the version: the comment of schema tidemark was changed",
              "COMMENT ON SCHEMA tidemark IS 'tidemark %s'".formatted(newest)));
      return true;
    }
    String version = installed.version().get();
    if (version.equals(newest)) {
      return true;
    }
    findings.add(
        scripts.isNewer(version)
            ? DdlFinding.problem(
                    "version %s is newer than this program's %s, which may not understand it"
                        .formatted(version, newest))
                .todo("use a newer program")
            : DdlFinding.problem(
                    "version %s is older than this program's %s".formatted(version, newest))
                .todo("./tidemark ddl install"));
    return false;
  }

  private boolean isTrue(String sql) throws SQLException {
    return Preflight.text(connection, sql).equals("t");
  }
}
