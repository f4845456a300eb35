package io.tidemark.postgres.setup;

import io.tidemark.postgres.Sql;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The library that knows the text of the running statement: whether the server has it, and which
 * sessions preload it. A session that is to preload a library that is not there does not start.
 */
final class DdlLibrary {
  private static final String NAME = "tidemark";
  private static final String SETTING = "session_preload_libraries";
  private static final String NO_FILE = "58P01";

  private static final String SET_FOR =
      """
      SELECT d.datname, r.rolname, substring(c from '=(.*)$')
        FROM pg_catalog.pg_db_role_setting s
        CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) c
        LEFT JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
        LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole
       WHERE c LIKE 'session\\_preload\\_libraries=%'
      """;

  private final Connection connection;

  DdlLibrary(Connection connection) {
    this.connection = connection;
  }

  /**
   * A setting by which sessions preload it.
   *
   * @param database the database's name; empty for all
   * @param role the role's name; empty for all
   * @param libraries all that it names
   */
  record Preload(Optional<String> database, Optional<String> role, List<String> libraries) {
    boolean isOurs() {
      return libraries.stream()
          .map(library -> library.replaceFirst("^.*/", "").replaceFirst("\\.so$", ""))
          .anyMatch(NAME::equals);
    }

    /** The statements that take it out. */
    List<String> removal() {
      List<String> others =
          libraries.stream()
              .filter(each -> !new Preload(database, role, List.of(each)).isOurs())
              .toList();
      if (database.isEmpty() && role.isEmpty()) {
        return List.of(
            others.isEmpty()
                ? "ALTER SYSTEM RESET " + SETTING
                : "ALTER SYSTEM SET %s = %s".formatted(SETTING, literals(others)),
            "SELECT pg_catalog.pg_reload_conf()");
      }
      return List.of(
          others.isEmpty()
              ? "%s RESET %s".formatted(alter(), SETTING)
              : "%s SET %s = %s".formatted(alter(), SETTING, literals(others)));
    }

    private String alter() {
      return role.map(
              name ->
                  "ALTER ROLE "
                      + Sql.identifier(name)
                      + database.map(each -> " IN DATABASE " + Sql.identifier(each)).orElse(""))
          .orElseGet(() -> "ALTER DATABASE " + Sql.identifier(database.orElseThrow()));
    }

    @Override
    public String toString() {
      return "%s of %s%s"
          .formatted(
              SETTING,
              role.map(name -> "role '" + name + "'").orElse("all roles"),
              database.map(name -> " in database '" + name + "'").orElse(" in all databases"));
    }
  }

  /** Those settings that preload it and that this role may see. */
  static List<Preload> preloads(Connection connection) throws SQLException {
    return all(connection).stream().filter(Preload::isOurs).toList();
  }

  private static List<Preload> all(Connection connection) throws SQLException {
    List<Preload> preloads = new ArrayList<>();
    try (Statement statement = connection.createStatement()) {
      try (ResultSet row = statement.executeQuery(SET_FOR)) {
        while (row.next()) {
          preloads.add(
              new Preload(
                  Optional.ofNullable(row.getString(1)),
                  Optional.ofNullable(row.getString(2)),
                  libraries(row.getString(3))));
        }
      }
      // That of the server is for those who may read all settings; our session may have another
      // one.
      try (ResultSet row =
          statement.executeQuery(
              "SELECT CASE WHEN pg_catalog.pg_has_role('pg_read_all_settings', 'USAGE') THEN"
                  + " pg_catalog.current_setting('session_preload_libraries') END,"
                  + " (SELECT source IN ('configuration file', 'command line')"
                  + " FROM pg_catalog.pg_settings WHERE name = 'session_preload_libraries')")) {
        row.next();
        if (row.getBoolean(2)) {
          preloads.add(
              new Preload(Optional.empty(), Optional.empty(), libraries(row.getString(1))));
        }
      }
    }
    return preloads;
  }

  private static List<String> libraries(String setting) {
    return Arrays.stream(setting.split(","))
        .map(each -> each.strip().replaceAll("^\"(.*)\"$", "$1"))
        .filter(each -> !each.isEmpty())
        .toList();
  }

  private static String literals(List<String> libraries) {
    return libraries.stream()
        .map(Sql::literal)
        .map(String::strip)
        .collect(Collectors.joining(", "));
  }

  /**
   * All that is to be said about it.
   *
   * @param called whether the text of statements is asked of it
   * @param mayBeCalled whether it can be, which an installation that is to come decides on itself
   */
  List<DdlFinding> check(boolean called, boolean mayBeCalled) throws SQLException {
    List<DdlFinding> findings = new ArrayList<>();
    Optional<Boolean> there = isThere();
    List<Preload> preloads = preloads(connection);
    if (there.isPresent() && !there.get()) {
      for (Preload preload : preloads) {
        findings.add(
            DdlFinding.problem(
                    "the server does not have the library that %s names: such sessions cannot start"
                        .formatted(preload),
                    preload.removal())
                .todo("or put it there with 'make install' in pg-extension"));
      }
      if (called) {
        findings.add(
            DdlFinding.problem(
                "the server does not have the library that tidemark.running_statement() is of: each statement leaves a gap",
                WITHOUT));
      }
    } else if (called || there.orElse(false)) {
      if (!called && mayBeCalled) {
        findings.add(
            DdlFinding.note(
                "the server has the library, and it is not used: some statements have no text",
                List.of(WITH)));
      }
      if (preloads.stream().noneMatch(this::isForUs)) {
        findings.add(
            DdlFinding.note(
                "sessions of database '%s' do not preload the library: some statements have no text"
                    .formatted(connection.getCatalog()),
                List.of(addition())));
      }
    }
    return findings;
  }

  /** The function that the library may have. */
  static final String FUNCTION = "running_statement";

  static final String SIGNATURE = "tidemark.%s()".formatted(FUNCTION);

  /** What makes the function that the library has. */
  static final String WITH =
      "CREATE OR REPLACE FUNCTION %s RETURNS text".formatted(SIGNATURE)
          + " LANGUAGE c STABLE AS '$libdir/tidemark', 'tidemark_running_statement'";

  /** What makes the function that is there without it. */
  static final String WITHOUT =
      "CREATE OR REPLACE FUNCTION %s RETURNS text".formatted(SIGNATURE)
          + " LANGUAGE sql STABLE AS 'SELECT NULL::pg_catalog.text'";

  /** Whether the server has it, as far as this role may find out. */
  private Optional<Boolean> isThere() throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("LOAD '$libdir/tidemark'");
      return Optional.of(true);
    } catch (SQLException e) {
      return NO_FILE.equals(e.getSQLState()) ? Optional.of(false) : Optional.empty();
    }
  }

  private boolean isForUs(Preload preload) {
    try {
      String database = connection.getCatalog();
      return preload.role().isEmpty() && preload.database().map(database::equals).orElse(true);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The database's setting, with it. */
  private String addition() throws SQLException {
    String database = connection.getCatalog();
    List<String> libraries = new ArrayList<>();
    for (Preload preload : all(connection)) {
      if (preload.role().isEmpty()
          && (preload.database().isEmpty() || preload.database().get().equals(database))) {
        preload.libraries().stream()
            .filter(each -> !libraries.contains(each))
            .forEach(libraries::add);
      }
    }
    libraries.add(NAME);
    return "ALTER DATABASE %s SET %s = %s"
        .formatted(Sql.identifier(database), SETTING, literals(libraries));
  }
}
