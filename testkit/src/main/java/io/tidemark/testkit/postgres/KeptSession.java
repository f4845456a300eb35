package io.tidemark.testkit.postgres;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.TransactionState;

/**
 * A session of the superuser that is kept from one statement to the next, as to open one takes
 * longer than most of them. It begins anew when the server has ended it, and after a statement that
 * failed or left a transaction open. Settings that a statement leaves in it stay.
 */
final class KeptSession implements AutoCloseable {
  private final PostgresServer server;
  private final String database;
  private Connection connection;

  KeptSession(PostgresServer server, String database) {
    this.server = server;
    this.database = database;
  }

  /** Runs statements, each in a transaction of its own. */
  synchronized void execute(String... statements) throws SQLException {
    run(
        statement -> {
          for (String sql : statements) {
            statement.execute(sql);
          }
          return null;
        });
  }

  /** Runs a query and returns the first row's first column as text, or null. */
  synchronized String query(String sql) throws SQLException {
    return run(
        statement -> {
          try (ResultSet rows = statement.executeQuery(sql)) {
            if (!rows.next()) {
              throw new SQLException("No row from " + sql);
            }
            return rows.getString(1);
          }
        });
  }

  private interface Work {
    String with(Statement statement) throws SQLException;
  }

  private String run(Work work) throws SQLException {
    boolean done = false;
    try (Statement statement = connection().createStatement()) {
      String result = work.with(statement);
      done = isIdle();
      return result;
    } finally {
      if (!done) {
        close();
      }
    }
  }

  private Connection connection() throws SQLException {
    if (connection == null || !connection.isValid((int) PostgresServer.TIMEOUT.toSeconds())) {
      close();
      connection = server.connect(database);
    }
    return connection;
  }

  private boolean isIdle() throws SQLException {
    return connection.unwrap(BaseConnection.class).getTransactionState() == TransactionState.IDLE;
  }

  @Override
  public synchronized void close() throws SQLException {
    if (connection != null) {
      connection.close();
      connection = null;
    }
  }
}
