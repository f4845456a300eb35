package io.tidemark.source.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tidemark.postgres.Lsn;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.Op;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.setup.Slots;
import io.tidemark.source.CaptureOptions;
import io.tidemark.source.run.CaptureRun;
import io.tidemark.source.run.RecordingSink;
import io.tidemark.source.run.TableImage;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.TestDatabase;
import io.tidemark.testkit.proxy.FaultProxy;
import io.tidemark.testkit.proxy.FaultProxy.Fault;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.configuration.MemorySize;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The publication is changed while it is captured. */
class PublicationFaultsITCase {
  private static final int ROWS = 4_000;

  @RegisterExtension
  static final PostgresExtension POSTGRES = PostgresExtension.builder().standbys(1).build();

  private TestDatabase database;
  private FaultProxy standby;

  @BeforeEach
  void tables() throws SQLException {
    database = POSTGRES.database();
    database.execute(
        "CREATE TABLE t (a int PRIMARY KEY, b text, big text)",
        "CREATE TABLE u (a int PRIMARY KEY, b text)",
        "ALTER TABLE t ALTER big SET STORAGE EXTERNAL",
        "INSERT INTO t SELECT i, 'x', repeat(md5(i::text), 70) FROM generate_series(1, "
            + ROWS
            + ") i",
        "INSERT INTO u SELECT i, 'x' FROM generate_series(1, 100) i");
    standby = FaultProxy.before(POSTGRES.cluster().standby(0).port());
  }

  @AfterEach
  void closeProxy() {
    standby.close();
    RecordingSink.forget(database.name());
  }

  @Test
  void aTableThatIsAddedIsStreamedFromThenOnAndDumpedAfterARestore(@TempDir Path directory)
      throws Exception {
    database.execute("CREATE PUBLICATION tidemark FOR TABLE t", "DROP TABLE u");
    String savepoint;
    try (CaptureRun run = capture().record(database.name()).start()) {
      run.awaitEqual("t");
      database.execute(
          "CREATE TABLE u (a int PRIMARY KEY, b text)",
          "INSERT INTO u VALUES (1, 'x')",
          "ALTER PUBLICATION tidemark ADD TABLE u",
          "INSERT INTO u SELECT i, 'y' FROM generate_series(101, 110) i");
      run.awaitCaughtUp();
      assertThat(changes(run, "u", Op.INSERT)).isEqualTo(10);
      assertThat(changes(run, "u", Op.READ)).isZero();
      savepoint = run.stop(directory);
    }
    try (CaptureRun run =
        capture()
            .record(database.name())
            .flink("execution.state-recovery.path", savepoint)
            .start()) {
      run.awaitEqual("u");
      run.awaitEqual("t");
    }
  }

  @Test
  void aTableThatIsTakenOutWhileItIsDumpedDoesNotHoldUpOthers() throws Exception {
    database.execute("CREATE PUBLICATION tidemark FOR TABLE t, u");
    CompletableFuture<Void> stalled = standby.injectAfter(300_000, Fault.STALL);
    try (CaptureRun run = capture().start()) {
      run.await("the dump to stand still", stalled::isDone);
      database.execute("ALTER PUBLICATION tidemark DROP TABLE t");
      standby.resume();
      database.execute("INSERT INTO t VALUES (-1, 'x', 'x')", "DELETE FROM u WHERE a = 1");
      run.awaitEqual("u");
      database.execute("UPDATE u SET b = 'z'");
      run.awaitEqual("u");
      assertThat(changes(run, "t", Op.INSERT)).isZero();
    }
  }

  @Test
  void aColumnListAndARowFilterThatAreSetUnderADumpHoldForAllOfIt() throws Exception {
    assumeTrue(database.queryLong("SHOW server_version_num") >= 150_000, "from PostgreSQL 15 on");
    database.execute("CREATE PUBLICATION tidemark FOR TABLE t, u");
    CompletableFuture<Void> stalled = standby.injectAfter(300_000, Fault.STALL);
    try (CaptureRun run = capture().start()) {
      run.await("the dump to stand still", stalled::isDone);
      database.execute(
          "ALTER PUBLICATION tidemark SET TABLE t (a, b) WHERE (a <= 1000), u",
          "UPDATE t SET b = 'y' WHERE a % 3 = 0");
      standby.resume();
      run.awaitCaughtUp();
      // Not published any more, so that the table has what the consumer is to have of it.
      database.execute("DELETE FROM t WHERE a > 1000");
      TableName name = new TableName("public", "t");
      run.await(
          "the rows that are still published, with the columns that are",
          () -> {
            Map<String, String> expected;
            try (Connection connection = database.connect()) {
              expected = TableImage.read(connection, TableImage.schema(run.changes(), name));
            }
            Map<String, String> held = TableImage.fold(run.changes(), name);
            return held.entrySet().containsAll(expected.entrySet());
          });
      assertThat(TableImage.schema(run.changes(), name).columns()).hasSize(2);
      run.awaitEqual("u");
    }
  }

  @Test
  void aPublicationThatIsDroppedAndMadeAnewIsRefused(@TempDir Path directory) throws Exception {
    database.execute("CREATE PUBLICATION tidemark FOR TABLE t, u");
    String savepoint;
    try (CaptureRun run = capture().record(database.name()).start()) {
      run.awaitEqual("t");
      savepoint = run.stop(directory);
    }
    Lsn limit;
    try (CaptureRun run =
        capture()
            .record(database.name())
            .flink("restart-strategy.fixed-delay.attempts", "3")
            .flink("execution.state-recovery.path", savepoint)
            .start()) {
      run.awaitCaughtUp();
      limit = Lsn.parse(database.query("SELECT pg_current_wal_lsn()"));
      database.execute("DROP PUBLICATION tidemark", "UPDATE t SET b = 'lost?' WHERE a = 1");
      assertThat(run.awaitFailure()).contains("publication 'tidemark' does not exist on");
    }
    assertThat(CaptureRun.confirmedFlush(database)).isLessThanOrEqualTo(limit);
    database.execute("CREATE PUBLICATION tidemark FOR TABLE t, u");
    try (CaptureRun run =
        capture()
            .record(database.name())
            .flink("restart-strategy.fixed-delay.attempts", "3")
            .flink("execution.state-recovery.path", savepoint)
            .start()) {
      assertThat(run.awaitFailure()).contains("'tidemark' was dropped and made anew");
    }
    assertThat(CaptureRun.confirmedFlush(database)).isLessThanOrEqualTo(limit);
    try (Connection connection = database.connect()) {
      Slots.drop(connection, database.slot(), false);
    }
    try (CaptureRun run = capture().start()) {
      run.awaitEqual("t");
      run.awaitEqual("u");
    }
  }

  private CaptureRun.Settings capture() {
    return CaptureRun.of(database)
        .flink("restart-strategy.fixed-delay.attempts", "0")
        .capture(
            c ->
                c.createPublication(false)
                    .replica(standby.url(database.standbyUrl(0)))
                    .set(CaptureOptions.DUMP_CONNECTIONS, 1)
                    .set(CaptureOptions.DUMP_CHUNK_SIZE, MemorySize.parse("256kb")));
  }

  private static long changes(CaptureRun run, String table, Op op) {
    TableName name = new TableName("public", table);
    return run.changes().stream().filter(change -> is(change, name, op)).count();
  }

  private static boolean is(Change change, TableName name, Op op) {
    return change instanceof RowChange row && row.op() == op && row.schema().name().equals(name);
  }
}
