package io.tidemark.source.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.Op;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.source.run.CaptureRun;
import io.tidemark.source.run.Hold;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.PostgresServer;
import io.tidemark.testkit.postgres.TestDatabase;
import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A primary that crashes and comes back. */
class PrimaryFaultsITCase {
  private static final int ROWS = 10_000;

  @RegisterExtension
  static final PostgresExtension POSTGRES =
      PostgresExtension.builder()
          .standbys(1)
          .cluster(cluster -> cluster.standbySetting("log_statement", "all"))
          .build();

  @ParameterizedTest
  @CsvSource({"standby, 1", "standby, 4", "primary, 1"})
  void aCrashWhileDumpingLosesNothing(String source, int lanes) throws Exception {
    TestDatabase database = POSTGRES.database();
    PostgresServer primary = POSTGRES.cluster().primary();
    HeldDump.makeTable(database);
    try (HeldDump dump =
            HeldDump.start(
                database,
                lanes,
                s ->
                    s.capture(
                        c ->
                            source.equals("primary")
                                ? c.dumpFromPrimary()
                                : c.replica(database.standbyUrl(0))));
        Connection open = database.connect();
        Statement statement = open.createStatement()) {
      database.execute("UPDATE t SET n = n + 1 WHERE a % 2 = 0");
      open.setAutoCommit(false);
      statement.execute("UPDATE t SET n = -1, b = 'never', big = repeat('never', 1000)");
      primary.crash();
      primary.start();
      database.execute(
          "UPDATE t SET n = n + 1 WHERE a % 3 = 0",
          "UPDATE t SET a = a + 100000 WHERE a % 10 = 0", "DELETE FROM t WHERE a % 10 = 1");
      dump.awaitEqual("t");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {ROWS, 10})
  void aCrashInTransactionsOfAnySizeNeitherLosesNorRepeatsARow(int rowsPerTransaction)
      throws Exception {
    TestDatabase database = POSTGRES.database();
    PostgresServer primary = POSTGRES.cluster().primary();
    database.execute("CREATE TABLE t (a int PRIMARY KEY, v text)");
    String hold = database.name() + " in transactions of " + rowsPerTransaction;
    try (CaptureRun run =
        CaptureRun.of(database)
            .capture(c -> c.replica(database.standbyUrl(0)))
            .flink("execution.checkpointing.interval", "20ms")
            .flink("restart-strategy.fixed-delay.attempts", "1000")
            .before(changes -> changes.map(Hold.afterCheckpoint(hold, Op.INSERT, ROWS / 10)))
            .start()) {
      run.awaitCaughtUp();
      database.execute(
          // Far more than what the source has read ahead when the server crashes.
          """
          DO $$ BEGIN FOR k IN 0..%d BY %d LOOP
            INSERT INTO t SELECT k + i, repeat('v', 5000) FROM generate_series(1, %d) i;
            COMMIT;
          END LOOP; END $$"""
              .formatted(ROWS - 1, rowsPerTransaction, rowsPerTransaction));
      run.await("the stream to be held up", () -> Hold.isHolding(hold));
      primary.crash();
      primary.start();
      Hold.release(hold);
      database.execute("DELETE FROM t WHERE a % 10 = 1", "UPDATE t SET v = 'u' WHERE a % 10 = 2");
      run.awaitEqual("t");
      assertThat(inserts(run.changes())).isEqualTo(ROWS);
      assertThat(inserts(run.restored())).as("inserts of the checkpoint").isBetween(1L, ROWS - 1L);
    }
  }

  private static long inserts(List<Change> changes) {
    return changes.stream()
        .filter(change -> change instanceof RowChange row && row.op() == Op.INSERT)
        .count();
  }
}
