package io.tidemark.source.run;

import io.tidemark.testkit.Await;
import io.tidemark.testkit.postgres.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

/** Changes the table {@code t (a int, b text, big text, n int)} at random until stopped. */
public final class Writer implements AutoCloseable {
  private final TestDatabase database;
  private final Random random;
  private final Duration pause;
  private final Thread thread;
  private int moves;
  private volatile boolean stopped;
  private volatile Exception failure;

  private Writer(TestDatabase database, long seed, Duration pause) {
    System.out.println("the writer's seed is " + seed);
    this.database = database;
    this.random = new Random(seed);
    this.pause = pause;
    this.thread = new Thread(this::run, "writer");
  }

  /** One that writes some hundred transactions a second, on any machine. */
  public static Writer start(TestDatabase database, long seed) {
    return start(database, seed, Duration.ofMillis(2));
  }

  /** One that pauses after each transaction. */
  public static Writer start(TestDatabase database, long seed, Duration pause) {
    Writer writer = new Writer(database, seed, pause);
    writer.thread.start();
    return writer;
  }

  private void run() {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      while (!stopped) {
        for (int i = 1 + random.nextInt(5); i > 0; i--) {
          statement.execute(change());
        }
        if (random.nextInt(10) == 0) {
          connection.rollback();
        } else {
          connection.commit();
        }
        LockSupport.parkNanos(pause.toNanos());
      }
    } catch (SQLException e) {
      failure = e;
    }
  }

  private String change() {
    int a = 1 + random.nextInt(20_000);
    return switch (random.nextInt(8)) {
      case 0 -> "DELETE FROM t WHERE a = " + a;
      case 1 ->
          "INSERT INTO t VALUES (" + a + ", 'w', repeat('w', 5000), 1) ON CONFLICT DO NOTHING";
      case 2 -> "UPDATE t SET a = " + (1_000_000 + ++moves) + " WHERE a = " + a;
      case 3 -> "UPDATE t SET big = repeat(md5(n::text), 90) WHERE a = " + a;
      default -> "UPDATE t SET n = n + 1 WHERE a = " + a;
    };
  }

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
}
