package io.tidemark.source.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.change.Op;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.source.CaptureOptions;
import io.tidemark.source.run.CaptureRun;
import io.tidemark.source.run.Hold;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.apache.flink.configuration.MemorySize;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Synchronous replication that stalls, so that commits are in the stream that nobody sees. */
class StalledCommitITCase {
  private static final int ROWS = 10_000;

  /** More than there are, of 256 KB each. */
  private static final int CHUNKS = 60;

  private static final String LOCK = "LOCK TABLE ONLY";
  private static final String SNAPSHOT = "SELECT pg_catalog.pg_current_snapshot";

  @RegisterExtension
  static final PostgresExtension POSTGRES =
      PostgresExtension.builder()
          .standbys(1)
          .logStatements()
          // Not "*", which the capture's own walsender would match.
          .cluster(cluster -> cluster.primarySetting("synchronous_standby_names", "walreceiver"))
          .dedicated()
          .build();

  /** A hole of others: a commit is in the WAL before any snapshot sees it. */
  @Test
  void aCommitThatTheStreamHasAndNoSnapshotSeesIsNotReadOver() throws Exception {
    TestDatabase database = POSTGRES.database();
    database.execute(
        "CREATE TABLE t (id int PRIMARY KEY, v text)",
        "INSERT INTO t SELECT i, repeat('x', 1000) FROM generate_series(1, " + ROWS + ") i");
    String hold = database.name();
    try (CaptureRun run =
        CaptureRun.of(database)
            .capture(
                c ->
                    c.dumpFromPrimary()
                        .set(CaptureOptions.DUMP_CHUNK_SIZE, MemorySize.parse("256kb"))
                        .set(CaptureOptions.DUMP_CONNECTIONS, 1)
                        .set(CaptureOptions.DUMP_QUEUE_SIZE, MemorySize.parse("128kb"))
                        .set(CaptureOptions.DUMP_UNEVALUATED_CHUNKS, 1))
            .before(changes -> changes.map(Hold.after(hold, Op.READ, 10)))
            .start()) {
      run.await("the dump to be held up", () -> Hold.isHolding(hold));
      // The stream waits for the catalog to see a table's first change, and for none after it.
      int looks = occurrences(SNAPSHOT);
      database.execute("UPDATE t SET v = 'first' WHERE id = " + ROWS);
      run.await("the stream to know the table", () -> occurrences(SNAPSHOT) > looks);
      POSTGRES.cluster().standby(0).stop();
      CompletableFuture<Void> commit =
          commitLater(
              database,
              "UPDATE t SET v = 'new' WHERE id > " + (ROWS - 10),
              "DELETE FROM t WHERE id > " + (ROWS - 5));
      run.await("the commit to wait for the standby", () -> waitsForStandby(database));
      run.await("the commit to be sent on the stream", () -> isSent(database));
      Hold.release(hold);
      run.await("the stream to have it", () -> has(run, Op.DELETE, ROWS));
      assertThat(run.reads()).as("the dump goes on").isLessThan(ROWS);
      int attempts = occurrences(LOCK);
      // More than all the chunks that are left: none of them is read while this lasts.
      run.await("a chunk to be tried again and again", () -> occurrences(LOCK) > attempts + CHUNKS);
      assertThat(commit).as("the commit, which waits for the standby").isNotDone();
      assertThat(has(run, Op.READ, ROWS)).isFalse();
      POSTGRES.cluster().standby(0).start();
      commit.get(1, TimeUnit.MINUTES);
      run.await("the dump", () -> has(run, Op.READ, ROWS - 10));
      run.awaitEqual("t");
    }
  }

  /** The same hole, of the catalog: asked before the commit is visible it knows no such type. */
  @Test
  void theCatalogIsAskedOnceItSeesTheTransaction() throws Exception {
    TestDatabase database = POSTGRES.database();
    database.execute(
        "CREATE TABLE t (id int PRIMARY KEY, v text)",
        "INSERT INTO t VALUES (1, 'old')",
        "CREATE PUBLICATION everything FOR ALL TABLES");
    try (CaptureRun run =
        CaptureRun.of(database)
            .capture(c -> c.dumpFromPrimary().publication("everything"))
            .start()) {
      run.await("the dump", () -> has(run, Op.READ, 1));
      database.execute("UPDATE t SET v = 'known' WHERE id = 1");
      run.await("the stream to know the table", () -> has(run, Op.UPDATE, 1));
      POSTGRES.cluster().standby(0).pauseReplay();
      CompletableFuture<Void> commit =
          commitLater(
              database,
              "SET LOCAL synchronous_commit = remote_apply",
              "INSERT INTO t VALUES (2, 'before')",
              "CREATE TYPE mood AS ENUM ('sad', 'ok')",
              "ALTER TABLE t ADD m mood",
              "INSERT INTO t VALUES (3, 'after', 'ok')",
              "CREATE TABLE fresh (id int PRIMARY KEY, v text)",
              "ALTER TABLE fresh REPLICA IDENTITY FULL",
              "INSERT INTO fresh VALUES (4, 'a')",
              "UPDATE fresh SET v = 'b'");
      run.await("the commit to wait for the standby", () -> waitsForStandby(database));
      run.await("the commit to be sent on the stream", () -> isSent(database));
      run.await("the stream to have what comes before", () -> has(run, Op.INSERT, 2));
      int looks = occurrences(SNAPSHOT);
      run.await("the catalog to be asked again and again", () -> occurrences(SNAPSHOT) > looks + 9);
      assertThat(commit).as("the commit, which waits for the standby").isNotDone();
      assertThat(has(run, Op.INSERT, 3)).isFalse();
      POSTGRES.cluster().standby(0).resumeReplay();
      commit.get(1, TimeUnit.MINUTES);
      run.await("the stream to go on", () -> has(run, Op.UPDATE, 4));
      assertThat(row(run, Op.INSERT, 3).getString("m")).isEqualTo("ok");
      assertThat(row(run, Op.UPDATE, 4).schema().keyNames()).containsExactly("id");
    }
  }

  private static CompletableFuture<Void> commitLater(TestDatabase database, String... statements) {
    return CompletableFuture.runAsync(
        () -> {
          try {
            commit(database, statements);
          } catch (SQLException e) {
            throw new CompletionException(e);
          }
        });
  }

  private static void commit(TestDatabase database, String... statements) throws SQLException {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      for (String sql : statements) {
        statement.execute(sql);
      }
      connection.commit();
    }
  }

  private static boolean has(CaptureRun run, Op op, int id) {
    return find(run, op, id).isPresent();
  }

  private static RowChange row(CaptureRun run, Op op, int id) {
    return find(run, op, id).orElseThrow();
  }

  private static Optional<RowChange> find(CaptureRun run, Op op, int id) {
    return run.changes().stream()
        .filter(RowChange.class::isInstance)
        .map(RowChange.class::cast)
        .filter(row -> row.op() == op)
        .filter(row -> id == (op == Op.DELETE ? (Integer) row.getOld("id") : row.getInt("id")))
        .findFirst();
  }

  private static boolean waitsForStandby(TestDatabase database) throws SQLException {
    return database.queryLong(
            "SELECT count(*) FROM pg_stat_activity"
                + " WHERE datname = current_database() AND wait_event = 'SyncRep'")
        == 1;
  }

  private static boolean isSent(TestDatabase database) throws SQLException {
    return database.queryLong(
            "SELECT count(*) FROM pg_stat_replication"
                + " WHERE application_name = 'tidemark' AND sent_lsn >= pg_current_wal_flush_lsn()")
        == 1;
  }

  /** How often the primary was sent statements with this text. */
  private static int occurrences(String text) {
    return POSTGRES.cluster().primary().log().split(text, -1).length;
  }
}
