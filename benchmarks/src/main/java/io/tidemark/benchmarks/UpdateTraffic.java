package io.tidemark.benchmarks;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;

/** Updates rows of a table at random, one in a transaction, at a fixed rate, until closed. */
final class UpdateTraffic implements AutoCloseable {
  private final Connection connection;
  private final Thread thread;
  private volatile boolean stopped;
  private volatile SQLException failure;

  private UpdateTraffic(Connection connection, String table, long rows, int perSecond) {
    this.connection = connection;
    this.thread =
        new Thread(() -> write(table, rows, new Pace(perSecond, System::nanoTime)), "traffic");
  }

  /**
   * Starts writing.
   *
   * @param connection the traffic's own from now on
   * @param table a table of {@link BenchmarkDatabase}
   * @param rows how many rows it has, with keys from 1 on
   * @param perSecond transactions in a second
   */
  static UpdateTraffic start(Connection connection, String table, long rows, int perSecond) {
    UpdateTraffic traffic = new UpdateTraffic(connection, table, rows, perSecond);
    traffic.thread.setDaemon(true);
    traffic.thread.start();
    return traffic;
  }

  private void write(String table, long rows, Pace pace) {
    SplittableRandom random = new SplittableRandom(rows);
    try (Statement setting = connection.createStatement()) {
      setting.execute("SET synchronous_commit = off");
      try (PreparedStatement update =
          connection.prepareStatement(
              "UPDATE " + table + " SET n = n + 1, at = now() WHERE id = ?")) {
        while (!stopped) {
          long wait = pace.untilDue();
          if (wait > 0) {
            LockSupport.parkNanos(wait);
          } else {
            update.setLong(1, 1 + random.nextLong(rows));
            update.executeUpdate();
            pace.taken();
          }
        }
      }
    } catch (SQLException e) {
      failure = e;
    }
  }

  /** Throws why it stopped, if it did. */
  void check() throws SQLException {
    if (failure != null) {
      throw failure;
    }
  }

  /**
   * Stops writing.
   *
   * @throws SQLException why it stopped before
   */
  @Override
  public void close() throws SQLException {
    stopped = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    connection.close();
    check();
  }
}
