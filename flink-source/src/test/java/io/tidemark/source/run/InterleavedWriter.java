package io.tidemark.source.run;

import io.tidemark.testkit.Await;
import io.tidemark.testkit.postgres.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * Changes the table {@code t (id int, n int, big text)} in several transactions at a time that
 * commit in another order than they write, until stopped. One thread takes all steps, at random.
 */
public final class InterleavedWriter implements AutoCloseable {
  private static final int TRANSACTIONS = 6;

  /** The rows of one update: many, or few change between their reading and the mark behind it. */
  private static final int BLOCK = 20;

  private final TestDatabase database;
  private final int rows;
  private final Random random;
  private final Thread thread = new Thread(this::run, "interleaved-writer");
  private final Set<Integer> locked = new HashSet<>();
  private volatile boolean stopped;
  private volatile Exception failure;

  private InterleavedWriter(TestDatabase database, int rows, long seed) {
    System.out.println("the interleaved writer's seed is " + seed);
    this.database = database;
    this.rows = rows;
    this.random = new Random(seed);
  }

  /** One that changes rows with ids from 1 to {@code rows}. */
  public static InterleavedWriter start(TestDatabase database, int rows, long seed) {
    InterleavedWriter writer = new InterleavedWriter(database, rows, seed);
    writer.thread.start();
    return writer;
  }

  private void run() {
    List<Open> open = new ArrayList<>();
    try {
      for (int i = 0; i < TRANSACTIONS; i++) {
        open.add(new Open(database.connect()));
      }
      while (!stopped) {
        step(open.get(random.nextInt(TRANSACTIONS)));
      }
      for (Open transaction : open) {
        transaction.end(true);
      }
    } catch (SQLException e) {
      failure = e;
    } finally {
      open.forEach(Open::close);
    }
  }

  private void step(Open transaction) throws SQLException {
    int choice = random.nextInt(10);
    if (choice < 2) {
      transaction.end(choice == 0 || random.nextBoolean());
      return;
    }
    int block = random.nextInt(rows / BLOCK);
    int id = 1 + block * BLOCK;
    if (locked.add(block)) {
      transaction.mine.add(block);
      transaction.statement.execute(
          switch (choice) {
            case 2 -> "DELETE FROM t WHERE id = " + id;
            case 3 ->
                "INSERT INTO t VALUES (%d, 0, repeat('i', 3000)) ON CONFLICT DO NOTHING"
                    .formatted(id);
            default ->
                "UPDATE t SET n = n + 1 WHERE id BETWEEN %d AND %d".formatted(id, id + BLOCK - 1);
          });
    }
  }

  /** Commits what is open and ends. */
  public void stop() {
    stopped = true;
    Await.until("the writer to stop", Duration.ofMinutes(1), () -> !thread.isAlive());
    if (failure != null) {
      throw new IllegalStateException("the writer failed", failure);
    }
  }

  @Override
  public void close() {
    stop();
  }

  /** A connection in a transaction, and the blocks of rows that it has changed. */
  private final class Open {
    private final Connection connection;
    private final Statement statement;
    private final Set<Integer> mine = new HashSet<>();

    Open(Connection connection) throws SQLException {
      this.connection = connection;
      connection.setAutoCommit(false);
      statement = connection.createStatement();
    }

    void end(boolean commit) throws SQLException {
      if (commit) {
        connection.commit();
      } else {
        connection.rollback();
      }
      locked.removeAll(mine);
      mine.clear();
    }

    void close() {
      try {
        connection.close();
      } catch (SQLException e) {
        failure = failure == null ? e : failure;
      }
    }
  }
}
