package io.tidemark.cli.gateway;

import io.tidemark.testkit.Await;
import io.tidemark.testkit.postgres.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Changes a few rows of {@code t (id int, version bigint, big text)} at random until stopped, each
 * time with the next version of all.
 */
final class KeyWriter implements AutoCloseable {
  private static final int KEYS = 200;
  private static final int FIRST_MOVED = 1_000_000;
  private static final Duration PAUSE = Duration.ofMillis(8);

  private final TestDatabase database;
  private final Random random;
  private final int[] keys = new int[KEYS];
  private final Thread thread;
  private int moved = FIRST_MOVED;
  private final AtomicLong versions = new AtomicLong();
  private volatile boolean stopped;
  private volatile Exception failure;

  private KeyWriter(TestDatabase database, long seed, int rows) {
    System.out.println("the writer's seed is " + seed);
    this.database = database;
    this.random = new Random(seed);
    for (int i = 0; i < KEYS; i++) {
      keys[i] = 1 + (int) ((long) i * rows / KEYS);
    }
    this.thread = new Thread(this::run, "key-writer");
  }

  /**
   * Starts to write.
   *
   * @param rows the table's ids are from 1 to that
   */
  static KeyWriter start(TestDatabase database, long seed, int rows) {
    KeyWriter writer = new KeyWriter(database, seed, rows);
    writer.thread.start();
    return writer;
  }

  /** Makes the table, with every tenth value so large that updates can leave it unchanged. */
  static void makeTable(TestDatabase database, int rows) throws SQLException {
    database.execute(
        "CREATE TABLE t (id int PRIMARY KEY, version bigint NOT NULL, big text NOT NULL)",
        "ALTER TABLE t ALTER big SET STORAGE EXTERNAL",
        "INSERT INTO t SELECT i, 0, repeat(md5(i::text), CASE WHEN i %% 10 = 1 THEN 70 ELSE 8 END) FROM generate_series(1, %d) i"
            .formatted(rows));
  }

  /** Waits until some hundred changes more are committed, the next of them begun after now. */
  void awaitMore() {
    long goal = versions.get() + 300;
    Await.until(
        "the writer to write", Duration.ofMinutes(1), () -> versions.get() > goal || failed());
  }

  private boolean failed() {
    return failure != null;
  }

  private void run() {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      while (!stopped) {
        int[] before = keys.clone();
        for (int i = 1 + random.nextInt(5); i > 0; i--) {
          statement.execute(change());
        }
        if (random.nextInt(10) == 0) {
          connection.rollback();
          System.arraycopy(before, 0, keys, 0, KEYS);
        } else {
          connection.commit();
        }
        LockSupport.parkNanos(PAUSE.toNanos());
      }
    } catch (SQLException e) {
      failure = e;
    }
  }

  private String change() {
    int slot = random.nextInt(KEYS);
    int key = keys[slot];
    long version = versions.incrementAndGet();
    return switch (random.nextInt(8)) {
      case 0 -> "DELETE FROM t WHERE id = %d".formatted(key);
      case 1 ->
          "INSERT INTO t VALUES (%d, %d, repeat('w', 2500)) ON CONFLICT (id) DO UPDATE SET version = EXCLUDED.version"
              .formatted(key, version);
      case 2 -> {
        keys[slot] = ++moved;
        yield "UPDATE t SET id = %d, version = %d WHERE id = %d".formatted(moved, version, key);
      }
      case 3 ->
          "UPDATE t SET version = %d, big = repeat(md5('%d'), 75) WHERE id = %d"
              .formatted(version, version, key);
      default -> "UPDATE t SET version = %d WHERE id = %d".formatted(version, key);
    };
  }

  void stop() {
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
}
