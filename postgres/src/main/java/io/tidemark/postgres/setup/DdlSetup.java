package io.tidemark.postgres.setup;

import io.tidemark.postgres.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Installs the DDL capture in a database, as {@code docs/ddl.md} says: all in one transaction, and
 * what is there already stays as it is.
 */
public final class DdlSetup {
  private static final int OLDEST = 140000;

  private final Connection connection;
  private final DdlScripts scripts;
  private final DdlTransaction transaction;
  private final List<String> done = new ArrayList<>();

  DdlSetup(Connection connection, DdlScripts scripts) {
    this.connection = connection;
    this.scripts = scripts;
    this.transaction = new DdlTransaction(connection);
  }

  /**
   * Installs it, or brings it to the newest version that this program knows.
   *
   * @return what was done, or found done, in sentences
   * @throws RefusedException if that cannot be, with all reasons; nothing was changed
   */
  public static List<String> install(Connection connection, DdlOptions options)
      throws SQLException {
    return new DdlSetup(connection, DdlScripts.bundled()).install(options);
  }

  List<String> install(DdlOptions options) throws SQLException {
    transaction.run(
        () -> {
          Optional<InstalledDdl> installed = InstalledDdl.find(connection);
          if (installed.isPresent()) {
            update(installed.get(), options.means());
          } else {
            requireRights();
            create(options.means());
          }
          if (options.strict().isPresent()) {
            strict(options.strict().get());
          }
          if (options.reader().isPresent()) {
            grant(options.reader().get());
          }
        });
    return List.copyOf(done);
  }

  private void requireRights() throws SQLException {
    List<Problem> problems = new ArrayList<>();
    int version = Slots.serverVersion(connection);
    if (version < OLDEST) {
      problems.add(
          new Problem(
              "the server is PostgreSQL " + version / 10000, "upgrade it: 14 is the oldest"));
    }
    if (transaction.isTrue("SELECT pg_catalog.pg_is_in_recovery()")) {
      problems.add(
          new Problem("the server is in recovery: it is a standby", "give the primary's URL"));
    } else {
      problems.addAll(DdlRights.missing(connection));
    }
    if (!problems.isEmpty()) {
      throw new RefusedException(
          "tidemark cannot be installed in database '%s':%n%s"
              .formatted(
                  connection.getCatalog(),
                  problems.stream()
                      .map(problem -> "  - " + problem)
                      .collect(Collectors.joining(System.lineSeparator()))));
    }
  }

  private void create(DdlOptions.Means means) throws SQLException {
    String version = scripts.newest();
    boolean available =
        transaction.isTrue(
            "SELECT EXISTS (SELECT FROM pg_catalog.pg_available_extension_versions"
                + " WHERE name = 'tidemark' AND version = ?)",
            version);
    boolean superuser =
        transaction.isTrue("SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user");
    if (means == DdlOptions.Means.EXTENSION && !available) {
      throw new RefusedException(
          "the server does not have the files of version %s of the extension; put them there with 'make install' in pg-extension, or install by script"
              .formatted(version));
    }
    boolean extension =
        means == DdlOptions.Means.EXTENSION
            || (means == DdlOptions.Means.ANY && available && superuser);
    if (extension) {
      transaction.execute("CREATE EXTENSION tidemark VERSION " + Sql.literal(version));
    } else {
      transaction.execute("CREATE SCHEMA tidemark");
      transaction.execute(scripts.installation().text());
    }
    done.add(
        "installed tidemark %s in database '%s' %s"
            .formatted(
                version, connection.getCatalog(), extension ? "as an extension" : "by script"));
  }

  private void update(InstalledDdl installed, DdlOptions.Means means) throws SQLException {
    if (means != DdlOptions.Means.ANY
        && installed.isExtension() != (means == DdlOptions.Means.EXTENSION)) {
      throw new RefusedException(
          "database '%s' has %s; uninstall that first"
              .formatted(connection.getCatalog(), installed));
    }
    if (installed.version().isEmpty()) {
      throw new RefusedException(
          "database '%s' has %s; check it for what is wrong"
              .formatted(connection.getCatalog(), installed));
    }
    String version = installed.version().get();
    if (version.equals(scripts.newest())) {
      done.add("database '%s' has it already: %s".formatted(connection.getCatalog(), installed));
      return;
    }
    if (scripts.isNewer(version)) {
      throw new RefusedException(
          "database '%s' has %s, newer than this program's %s; use a newer program"
              .formatted(connection.getCatalog(), installed, scripts.newest()));
    }
    if (installed.isExtension()) {
      updateExtension(version);
    } else {
      List<String> updates =
          scripts
              .updatesFrom(version)
              .orElseThrow(
                  () ->
                      new RefusedException(
                          "no update leads from tidemark %s to %s; uninstall it, and install it anew"
                              .formatted(version, scripts.newest())));
      for (String update : updates) {
        transaction.execute(update);
      }
      transaction.execute(
          "COMMENT ON SCHEMA tidemark IS " + Sql.literal("tidemark " + scripts.newest()));
    }
    done.add("updated tidemark from %s to %s".formatted(version, scripts.newest()));
  }

  private void updateExtension(String version) throws SQLException {
    boolean possible =
        transaction.isTrue(
            "SELECT count(path) > 0 FROM pg_catalog.pg_extension_update_paths('tidemark')"
                + " WHERE source = ? AND target = ?",
            version,
            scripts.newest());
    if (!possible) {
      throw new RefusedException(
          "the server does not have the files that bring the extension from %s to %s; put them there with 'make install' in pg-extension"
              .formatted(version, scripts.newest()));
    }
    transaction.execute("ALTER EXTENSION tidemark UPDATE TO " + Sql.literal(scripts.newest()));
  }

  private void strict(boolean strict) throws SQLException {
    InstalledDdl installed = InstalledDdl.find(connection).orElseThrow();
    if (installed.isStrict() == strict) {
      return;
    }
    transaction.execute(
        """
        CREATE OR REPLACE FUNCTION tidemark.is_strict() RETURNS boolean
        LANGUAGE sql IMMUTABLE
        AS $$ SELECT %s $$"""
            .formatted(strict));
    done.add(
        strict
            ? "made it strict: a statement that cannot be described fails"
            : "made it lenient: a statement that cannot be described goes on, and leaves a gap");
  }

  private void grant(String role) throws SQLException {
    if (!DdlReader.exists(connection, role)) {
      throw new RefusedException(
          "there is no role '%s'; create it, or name the role that the capture logs in as"
              .formatted(role));
    }
    List<String> grants = DdlReader.missing(connection, role, false);
    for (String grant : grants) {
      transaction.execute(grant);
    }
    done.add(
        grants.isEmpty()
            ? "role '%s' may read the key already".formatted(role)
            : "let role '%s' read the key".formatted(role));
  }
}
