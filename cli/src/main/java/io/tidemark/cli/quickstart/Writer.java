package io.tidemark.cli.quickstart;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One session's random writes: single changes, put together by {@link Workload}. It writes wherever
 * the dump may be: half of the rows it picks are out of a few hot ones that lie all over a table.
 */
final class Writer {
  private static final int HOT_ROWS = 64;

  private final Connection connection;
  private final SplittableRandom random;
  private final Counters counters;
  private final Map<String, PreparedStatement> statements = new HashMap<>();

  /** The highest numbers given out so far, shared by all sessions. */
  static final class Counters {
    private final AtomicLong orders;
    private final AtomicLong documents;
    private final AtomicLong measurements;
    private final AtomicLong events;
    private final AtomicLong sessions;

    Counters(DemoSchema schema) {
      orders = new AtomicLong(schema.orders());
      documents = new AtomicLong(schema.documents());
      measurements = new AtomicLong(schema.measurements());
      events = new AtomicLong(schema.events());
      sessions = new AtomicLong(schema.sessions());
    }
  }

  Writer(Connection connection, SplittableRandom random, Counters counters) {
    this.connection = connection;
    this.random = random;
    this.counters = counters;
  }

  /** Makes one random change. */
  void change() throws SQLException {
    int dice = random.nextInt(100);
    if (dice < 40) {
      changeOrders(random.nextInt(20));
    } else if (dice < 65) {
      changeDocuments(random.nextInt(20));
    } else if (dice < 80) {
      changeMeasurements(random.nextInt(20));
    } else if (dice < 90) {
      insertEvents(1 + random.nextInt(3));
    } else {
      changeSessions(random.nextInt(4));
    }
  }

  /** Empties the sessions and begins anew. */
  void truncateSessions(long rows) throws SQLException {
    run("TRUNCATE sessions");
    run(DemoSchema.Sessions.fill(rows));
  }

  private void changeOrders(int dice) throws SQLException {
    long number = pick(counters.orders);
    if (dice < 9) {
      run(
          "UPDATE orders SET status = ?, amount = amount + 1 WHERE region = "
              + region()
              + " AND number = ?",
          "status " + random.nextInt(9),
          number,
          number);
    } else if (dice < 14) {
      long next = counters.orders.incrementAndGet();
      run(
          "INSERT INTO orders VALUES (" + region() + ", ?, ?, 'new', ?, clock_timestamp(), ?)",
          next,
          next,
          random.nextInt(10_000),
          random.nextInt(100_000),
          random.nextBoolean() ? null : "a note");
    } else if (dice < 16) {
      run("DELETE FROM orders WHERE region = " + region() + " AND number = ?", number, number);
    } else if (dice < 19) {
      long next = counters.orders.incrementAndGet();
      run(
          "UPDATE orders SET number = ?, region = "
              + region()
              + " WHERE region = "
              + region()
              + " AND number = ?",
          next,
          next,
          number,
          number);
    } else {
      run(
          "UPDATE orders SET customer = customer + 1 WHERE region = 'asia' AND number BETWEEN ? AND ?",
          number,
          number + 100);
    }
  }

  private void changeDocuments(int dice) throws SQLException {
    long id = pick(counters.documents);
    if (dice < 12) {
      // Leaves the large values as they are: PostgreSQL does not send them.
      run("UPDATE documents SET revision = revision + 1 WHERE id = ?", id);
    } else if (dice < 14) {
      run("UPDATE documents SET body = " + DemoSchema.body("revision + 7") + " WHERE id = ?", id);
    } else if (dice < 16) {
      long next = counters.documents.incrementAndGet();
      run(
          "INSERT INTO documents SELECT i, 'new ' || i, 1, %s, %s FROM (SELECT ?::bigint) n(i)"
              .formatted(DemoSchema.body("i"), DemoSchema.scan("i")),
          next);
    } else if (dice < 17) {
      run("DELETE FROM documents WHERE id = ?", id);
    } else if (dice < 19) {
      run("UPDATE documents SET id = ? WHERE id = ?", counters.documents.incrementAndGet(), id);
    } else {
      run("UPDATE documents SET revision = revision + 1 WHERE id BETWEEN ? AND ?", id, id + 20);
    }
  }

  private void changeMeasurements(int dice) throws SQLException {
    long id = pick(counters.measurements);
    int zone = (int) (id % DemoSchema.PARTITIONS);
    if (dice < 9) {
      run("UPDATE measurements SET reading = reading + 1 WHERE zone = ? AND id = ?", zone, id);
    } else if (dice < 14) {
      long next = counters.measurements.incrementAndGet();
      run(
          "INSERT INTO measurements VALUES (?, ?, clock_timestamp(), ?, '{new}', NULL)",
          (int) (next % DemoSchema.PARTITIONS),
          next,
          random.nextDouble());
    } else if (dice < 17) {
      run("DELETE FROM measurements WHERE zone = ? AND id = ?", zone, id);
    } else {
      // Into another partition.
      run(
          "UPDATE measurements SET zone = ? WHERE zone = ? AND id = ?",
          (zone + 1) % DemoSchema.PARTITIONS,
          zone,
          id);
    }
  }

  private void insertEvents(int rows) throws SQLException {
    for (int i = 0; i < rows; i++) {
      run(
          "INSERT INTO events VALUES (clock_timestamp(), ?, 'written', jsonb_build_object('n', ?::bigint))",
          random.nextInt(100),
          counters.events.incrementAndGet());
    }
  }

  private void changeSessions(int dice) throws SQLException {
    if (dice == 0) {
      run(
          "INSERT INTO sessions VALUES (?, 1, gen_random_uuid(), clock_timestamp())",
          counters.sessions.incrementAndGet());
    } else if (dice == 1) {
      run("DELETE FROM sessions WHERE id = ?", pick(counters.sessions));
    } else {
      run("UPDATE sessions SET seen = clock_timestamp() WHERE id = ?", 1 + random.nextLong(200));
    }
  }

  private long pick(AtomicLong highest) {
    long range = Math.max(1, highest.get());
    return random.nextBoolean()
        ? 1 + random.nextLong(range)
        : 1 + random.nextInt(HOT_ROWS) * (range / HOT_ROWS);
  }

  /** The region that an order's number, which is the next parameter, gives it. */
  private static String region() {
    return DemoSchema.region("?::bigint");
  }

  private void run(String sql, Object... parameters) throws SQLException {
    PreparedStatement statement = statements.get(sql);
    if (statement == null) {
      statement = connection.prepareStatement(sql);
      statements.put(sql, statement);
    }
    for (int i = 0; i < parameters.length; i++) {
      statement.setObject(i + 1, parameters[i]);
    }
    statement.execute();
  }
}
