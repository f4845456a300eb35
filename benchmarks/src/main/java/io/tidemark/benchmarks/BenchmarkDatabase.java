package io.tidemark.benchmarks;

import io.tidemark.jobs.Failure;
import io.tidemark.postgres.connection.Endpoint;
import io.tidemark.postgres.connection.Password;
import io.tidemark.testkit.Await;
import io.tidemark.testkit.postgres.PostgresCluster;
import io.tidemark.testkit.postgres.PostgresServer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/**
 * A cluster with one database, in which tables of one shape are filled, each with a publication of
 * its own, and whose WAL is read again and again: from a base slot, which stays where it is, every
 * reader gets a copy.
 */
final class BenchmarkDatabase implements AutoCloseable {
  /** The database. */
  static final String NAME = "bench";

  private static final Duration READER_TIMEOUT = Duration.ofMinutes(1);
  private static final Duration DROP_TIMEOUT = Duration.ofMinutes(2);
  private static final int BATCH = 10;
  private static final String ROWS =
      "INSERT INTO %s (name, n, at, amount) SELECT rpad(md5(i::text), 50, 'x'), i, now(), i * 1.01"
          + " FROM generate_series(%s) i";

  private final PostgresCluster cluster;
  private final AtomicInteger copies = new AtomicInteger();

  private BenchmarkDatabase(PostgresCluster cluster) {
    this.cluster = cluster;
  }

  static BenchmarkDatabase start(int major, int standbys) throws SQLException {
    BenchmarkDatabase database =
        new BenchmarkDatabase(
            PostgresCluster.builder()
                .major(major)
                .standbys(standbys)
                .hotStandbyFeedback()
                .setting("shared_buffers", "256MB")
                .setting("max_wal_size", "8GB")
                // Neither is to start in one run and not in the next.
                .setting("autovacuum", "off")
                .setting("checkpoint_timeout", "1h")
                .start());
    database.primary().execute("postgres", "CREATE DATABASE " + NAME);
    return database;
  }

  PostgresServer primary() {
    return cluster.primary();
  }

  PostgresServer standby() {
    return cluster.standby(0);
  }

  /** The server as its superuser. */
  static Endpoint endpoint(PostgresServer server) {
    return new Endpoint(server.url(NAME), server.user(), Password.of(server.password()), Map.of());
  }

  /** The servers' version: {@code 18.1}. */
  String version() throws SQLException {
    return primary().query(NAME, "SHOW server_version");
  }

  /** A session on the primary. */
  Connection connect() throws SQLException {
    return primary().connect(NAME);
  }

  /** Makes a table, empty, and a publication for it, both with that name. */
  void createTable(String table) throws SQLException {
    primary()
        .execute(
            NAME,
            "CREATE TABLE %s (id bigserial PRIMARY KEY, name text, n int, at timestamptz, amount numeric)"
                .formatted(table),
            "CREATE PUBLICATION %s FOR TABLE %s".formatted(table, table));
  }

  /** Makes a publication for some tables. */
  void createPublication(String publication, String... tables) throws SQLException {
    primary()
        .execute(
            NAME,
            "CREATE PUBLICATION %s FOR TABLE %s".formatted(publication, String.join(", ", tables)));
  }

  /** Inserts rows, ten in a transaction. */
  void loadInTransactionsOfTen(String table, long rows) throws SQLException {
    primary()
        .execute(
            NAME,
            "SET synchronous_commit = off",
            """
            DO $$ BEGIN
              FOR t IN 0..%d LOOP
                %s;
                COMMIT;
              END LOOP;
            END $$"""
                .formatted(
                    rows / BATCH - 1, ROWS.formatted(table, "t * 10 + 1, t * 10 + " + BATCH)));
  }

  /** Inserts rows in one transaction. */
  void loadInOneTransaction(String table, long rows) throws SQLException {
    primary().execute(NAME, ROWS.formatted(table, "1, " + rows));
  }

  /** Updates all rows of a table so many times, each time in a transaction of its own. */
  void updateEachRow(String table, long times) throws SQLException {
    primary()
        .execute(
            NAME,
            "SET synchronous_commit = off",
            """
            DO $$ BEGIN
              FOR i IN 1..%d LOOP
                UPDATE %s SET n = i;
                COMMIT;
              END LOOP;
            END $$"""
                .formatted(times, table));
  }

  /**
   * Leaves the tables as they are after days: no hint bits to set, statistics made, all written and
   * replayed.
   */
  void settle() throws SQLException {
    primary().execute(NAME, "VACUUM (FREEZE, ANALYZE)", "CHECKPOINT");
    cluster.awaitReplay();
  }

  /** How many rows lie in the first pages of a table. */
  long rowsInPages(String table, int pages) throws SQLException {
    return Long.parseLong(
        primary()
            .query(NAME, "SELECT count(*) FROM %s WHERE ctid < '(%d,0)'".formatted(table, pages)));
  }

  /** Makes a slot at the end of the WAL. */
  void createSlot(String slot) throws SQLException {
    primary()
        .execute(
            NAME, "SELECT pg_create_logical_replication_slot('%s', 'pgoutput')".formatted(slot));
  }

  /** A slot where the base slot is, for one reader; returns its name. */
  String copySlot(String base) throws SQLException {
    String copy = base + "_" + copies.incrementAndGet();
    primary()
        .execute(NAME, "SELECT pg_copy_logical_replication_slot('%s', '%s')".formatted(base, copy));
    return copy;
  }

  /**
   * Waits until somebody reads the slot.
   *
   * @param alive whether the one who is to read it is alive
   * @return when that was seen, as {@link System#currentTimeMillis}
   */
  long awaitReader(String slot, BooleanSupplier alive) throws SQLException {
    try (Connection connection = connect();
        PreparedStatement active =
            connection.prepareStatement(
                "SELECT active FROM pg_replication_slots WHERE slot_name = ?")) {
      active.setString(1, slot);
      Await.until(
          "a reader of slot " + slot,
          READER_TIMEOUT,
          () -> {
            try (ResultSet row = active.executeQuery()) {
              if (row.next() && row.getBoolean(1)) {
                return true;
              }
            }
            if (!alive.getAsBoolean()) {
              throw new Failure("the reader of slot " + slot + " ended before it was seen");
            }
            return false;
          });
    }
    return System.currentTimeMillis();
  }

  /** Drops a slot as soon as nobody reads it. */
  void dropSlot(String slot) {
    Await.until(
        "slot " + slot + " to be free",
        DROP_TIMEOUT,
        () -> {
          primary()
              .execute(
                  NAME,
                  "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = '%s' AND NOT active"
                      .formatted(slot));
          return primary()
              .query(
                  NAME,
                  "SELECT count(*) FROM pg_replication_slots WHERE slot_name = '%s'"
                      .formatted(slot))
              .equals("0");
        });
  }

  /** The end of the WAL. A message follows it, so that every reader gets to something behind it. */
  String endOfLoad() throws SQLException {
    String end = primary().query(NAME, "SELECT pg_current_wal_insert_lsn()");
    primary().execute(NAME, "SELECT pg_logical_emit_message(false, 'benchmark', 'end')");
    return end;
  }

  /** Cuts the standby off from the primary: it stays as it is for good. */
  void freezeStandby() throws SQLException {
    cluster.awaitReplay();
    standby().execute(NAME, "ALTER SYSTEM SET primary_conninfo = ''", "SELECT pg_reload_conf()");
    Await.until(
        "the standby to stop receiving",
        DROP_TIMEOUT,
        () -> standby().query(NAME, "SELECT count(*) FROM pg_stat_wal_receiver").equals("0"));
  }

  @Override
  public void close() {
    cluster.close();
  }
}
