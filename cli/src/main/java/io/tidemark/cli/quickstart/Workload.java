package io.tidemark.cli.quickstart;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Random transactions at a steady rate, from several sessions, until it is stopped: most make one
 * change, others some in several tables, some are rolled back. One session changes tables, too.
 */
final class Workload {
  private static final int PER_SESSION = 250;
  private static final int MAX_SESSIONS = 8;
  private static final long TRUNCATE_NANOS = Duration.ofSeconds(3).toNanos();
  private static final long DDL_NANOS = Duration.ofMillis(700).toNanos();

  /** Deadlock, and serialization failure: what a transaction may meet that others run beside. */
  private static final Set<String> UNLUCKY = Set.of("40P01", "40001");

  private final Callable<Connection> database;
  private final DemoSchema schema;
  private final Writer.Counters counters;
  private final int rate;
  private final int sessions;
  private final Set<DdlWriter.Step> steps;
  private final ExecutorService threads;
  private final List<Future<?>> running = new ArrayList<>();
  private final AtomicLong committed = new AtomicLong();
  private final AtomicLong rolledBack = new AtomicLong();
  private final AtomicLong changed = new AtomicLong();
  private volatile List<ItemTable> items = List.of(DdlWriter.ITEMS);
  private volatile boolean changing;
  private volatile boolean stopped;

  /**
   * @param database opens a session
   * @param rate transactions in a second, of all sessions together
   * @param steps what is done to tables, from {@link #changeTables} on
   */
  Workload(Callable<Connection> database, DemoSchema schema, int rate, Set<DdlWriter.Step> steps) {
    this.database = database;
    this.schema = schema;
    this.counters = new Writer.Counters(schema);
    this.rate = rate;
    this.steps = steps;
    this.sessions = Math.min(MAX_SESSIONS, 1 + rate / PER_SESSION);
    this.threads =
        Executors.newFixedThreadPool(
            sessions,
            task -> {
              Thread thread = new Thread(task, "quickstart-writer");
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * Begins to write.
   *
   * @param seed decides each session's choices; how sessions interleave stays the server's matter
   */
  void start(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < sessions; i++) {
      SplittableRandom own = random.split();
      boolean first = i == 0;
      running.add(threads.submit(() -> write(own, first)));
    }
    threads.shutdown();
  }

  /**
   * Begins to change tables, too: a capture that is about to start refuses tables in the making.
   */
  void changeTables() {
    changing = true;
  }

  /** Ends the running transactions and returns when no session writes any more. */
  void stop() throws SQLException, InterruptedException {
    stopped = true;
    check(true);
  }

  /** Throws what a session failed with, if one did. */
  void check() throws SQLException, InterruptedException {
    check(false);
  }

  long committed() {
    return committed.get();
  }

  long rolledBack() {
    return rolledBack.get();
  }

  /** How many transactions have changed tables. */
  long changed() {
    return changed.get();
  }

  /** The tables that are changed, as they are after the last such transaction. */
  List<ItemTable> items() {
    return items;
  }

  private void check(boolean wait) throws SQLException, InterruptedException {
    for (Future<?> session : running) {
      if (wait || session.isDone()) {
        try {
          session.get();
        } catch (ExecutionException e) {
          throw new SQLException(
              "the quickstart's own writes failed: " + e.getCause().getMessage(), e.getCause());
        }
      }
    }
  }

  private Void write(SplittableRandom random, boolean first) throws Exception {
    long pause = 1_000_000_000L * sessions / rate;
    try (Connection connection = database.call()) {
      connection.setAutoCommit(false);
      Writer writer = new Writer(connection, random, counters);
      DdlWriter ddl = new DdlWriter(connection, random, steps);
      long next = System.nanoTime();
      long truncate = next + TRUNCATE_NANOS;
      long change = next + DDL_NANOS;
      while (!stopped) {
        boolean truncateNow = first && System.nanoTime() - truncate > 0;
        if (truncateNow) {
          truncate += TRUNCATE_NANOS;
        }
        if (first && changing && !steps.isEmpty() && System.nanoTime() - change > 0) {
          change = System.nanoTime() + DDL_NANOS;
          changeTables(connection, ddl, random);
        }
        transact(connection, writer, random, truncateNow);
        next = Math.max(next + pause, System.nanoTime() - 10 * pause);
        long early = next - System.nanoTime();
        if (early > 0) {
          LockSupport.parkNanos(early);
        }
      }
    }
    return null;
  }

  /** A transaction that changes a table, with writes around that, and one of writes alone. */
  private void changeTables(Connection connection, DdlWriter ddl, SplittableRandom random)
      throws SQLException {
    try {
      ddl.change();
      ddl.step();
      if (random.nextInt(10) == 0) {
        connection.rollback();
        ddl.rolledBack();
        rolledBack.incrementAndGet();
      } else {
        connection.commit();
        ddl.committed();
        items = ddl.tables();
        changed.incrementAndGet();
      }
      ddl.change();
      connection.commit();
      ddl.committed();
    } catch (SQLException e) {
      connection.rollback();
      ddl.rolledBack();
      if (!UNLUCKY.contains(e.getSQLState())) {
        throw e;
      }
      rolledBack.incrementAndGet();
    }
  }

  private void transact(
      Connection connection, Writer writer, SplittableRandom random, boolean truncate)
      throws SQLException {
    try {
      if (truncate) {
        writer.truncateSessions(schema.sessions());
      }
      int changes = random.nextInt(3) > 0 ? 1 : 2 + random.nextInt(5);
      for (int i = 0; i < changes; i++) {
        writer.change();
      }
      if (!truncate && random.nextInt(20) == 0) {
        connection.rollback();
        rolledBack.incrementAndGet();
      } else {
        connection.commit();
        committed.incrementAndGet();
      }
    } catch (SQLException e) {
      connection.rollback();
      if (!UNLUCKY.contains(e.getSQLState())) {
        throw e;
      }
      rolledBack.incrementAndGet();
    }
  }
}
