package io.tidemark.postgres.setup;

import io.tidemark.postgres.Sql;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Removes the DDL capture from a database, in one transaction. */
public final class DdlRemoval {
  /** What the role owns or may in other databases, and on what all share. */
  private static final String USERS_OF_ROLE =
      """
      SELECT DISTINCT coalesce(d.datname, 'all databases'' objects')
        FROM pg_catalog.pg_shdepend s
        JOIN pg_catalog.pg_roles r ON r.oid = s.refobjid AND r.rolname = 'tidemark_ddl'
        LEFT JOIN pg_catalog.pg_database d ON d.oid = s.dbid
       WHERE s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass
       ORDER BY 1
      """;

  private final Connection connection;
  private final DdlTransaction transaction;
  private final List<String> done = new ArrayList<>();

  private DdlRemoval(Connection connection) {
    this.connection = connection;
    this.transaction = new DdlTransaction(connection);
  }

  /**
   * Removes it, if it is there; its role, too, if no other database uses it.
   *
   * @return what was done, in sentences
   */
  public static List<String> remove(Connection connection) throws SQLException {
    DdlRemoval removal = new DdlRemoval(connection);
    removal.transaction.run(removal::remove);
    return List.copyOf(removal.done);
  }

  private void remove() throws SQLException {
    Optional<InstalledDdl> installed = InstalledDdl.find(connection);
    if (installed.isEmpty()) {
      done.add("database '%s' does not have it".formatted(connection.getCatalog()));
    } else {
      for (DdlScript.Trigger trigger : DdlScripts.bundled().installation().triggers()) {
        if (!installed.get().isExtension()) {
          transaction.execute("DROP EVENT TRIGGER IF EXISTS " + Sql.identifier(trigger.name()));
        }
      }
      if (installed.get().isExtension()) {
        transaction.execute("DROP EXTENSION tidemark");
      }
      // Event triggers of other versions go with their functions.
      transaction.execute("DROP SCHEMA IF EXISTS tidemark CASCADE");
      done.add(
          "removed %s, from database '%s'".formatted(installed.get(), connection.getCatalog()));
    }
    removeRole();
    for (DdlLibrary.Preload preload : DdlLibrary.preloads(connection)) {
      done.add(
          "the library is still preloaded; before its file is removed, after which nobody could connect: "
              + String.join("; ", preload.removal()));
    }
  }

  private void removeRole() throws SQLException {
    if (!transaction.isTrue(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = ?)", InstalledDdl.ROLE)) {
      return;
    }
    List<String> users = users();
    if (!users.isEmpty()) {
      done.add("kept role 'tidemark_ddl', which is used in " + String.join(", ", users));
      return;
    }
    Savepoint before = connection.setSavepoint();
    try {
      transaction.execute("DROP ROLE tidemark_ddl");
      done.add("dropped role 'tidemark_ddl'");
    } catch (SQLException e) {
      connection.rollback(before);
      done.add("kept role 'tidemark_ddl': " + e.getMessage());
    }
  }

  private List<String> users() throws SQLException {
    List<String> users = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(USERS_OF_ROLE)) {
      while (row.next()) {
        users.add(row.getString(1));
      }
    }
    return users;
  }
}
