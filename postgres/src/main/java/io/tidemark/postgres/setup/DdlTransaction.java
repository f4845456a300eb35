package io.tidemark.postgres.setup;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** Statements of which all take effect or none. */
final class DdlTransaction {
  private final Connection connection;

  /** What is done in it. */
  interface Work {
    void run() throws SQLException;
  }

  DdlTransaction(Connection connection) {
    this.connection = connection;
  }

  /** Commits what the work does, unless it throws. One of these runs at a time in a database. */
  void run(Work work) throws SQLException {
    connection.setAutoCommit(false);
    try {
      execute("SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('tidemark ddl'))");
      work.run();
      connection.commit();
    } finally {
      // Undoes what was not committed.
      connection.rollback();
      connection.setAutoCommit(true);
    }
  }

  void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.setEscapeProcessing(false);
      statement.execute(sql);
    }
  }

  /** The first row's first column, with parameters that are texts. */
  String query(String sql, String... parameters) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < parameters.length; i++) {
        statement.setString(i + 1, parameters[i]);
      }
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return row.getString(1);
      }
    }
  }

  boolean isTrue(String sql, String... parameters) throws SQLException {
    return query(sql, parameters).equals("t");
  }
}
