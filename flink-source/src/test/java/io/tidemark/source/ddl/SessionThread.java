package io.tidemark.source.ddl;

import io.tidemark.testkit.Await;
import io.tidemark.testkit.postgres.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;

/** A session of a thread of its own that runs transactions until it is stopped or has done all. */
abstract class SessionThread implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final TestDatabase database;
  private final Thread thread;

  /** How often which SQLSTATE was met. */
  private final Map<String, Integer> failures = new ConcurrentSkipListMap<>();

  private volatile boolean stopped;
  private volatile Throwable failure;

  SessionThread(String name, TestDatabase database) {
    this.database = database;
    this.thread = new Thread(this::run, name);
  }

  void start() {
    thread.start();
  }

  /**
   * Runs one transaction.
   *
   * @return whether there is more to do
   */
  abstract boolean step(Connection connection, Statement statement) throws SQLException;

  private void run() {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      statement.execute("SET deadlock_timeout = '50ms'");
      connection.setAutoCommit(false);
      boolean more = true;
      while (more && !stopped) {
        more = step(connection, statement);
      }
      connection.rollback();
    } catch (SQLException | RuntimeException e) {
      failure = e;
    }
  }

  /**
   * Takes note of a statement that failed as tables are others than they were a moment ago, or as
   * two sessions waited for each other.
   *
   * @throws SQLException if it failed otherwise
   */
  void failed(SQLException e) throws SQLException {
    String state = e.getSQLState();
    boolean concurrent = state.startsWith("40") || state.equals("XX000");
    // Names that are gone or taken, values that are too long, missing or there already.
    boolean changed = state.startsWith("42") || state.startsWith("22") || state.startsWith("23");
    if (!concurrent && !changed && !state.equals("55000") && !state.equals("3F000")) {
      throw e;
    }
    failures.merge(state, 1, Integer::sum);
  }

  Map<String, Integer> failures() {
    return new TreeMap<>(failures);
  }

  /** Fails the test if the session has ended by an error. */
  void check() {
    if (failure != null) {
      throw new IllegalStateException(thread.getName() + " failed", failure);
    }
  }

  /** Ends it behind its present transaction. */
  void stop() {
    stopped = true;
    Await.until(thread.getName() + " to stop", PATIENCE, () -> !thread.isAlive());
    check();
  }

  @Override
  public void close() {
    stop();
  }
}
