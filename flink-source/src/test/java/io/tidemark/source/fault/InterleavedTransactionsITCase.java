package io.tidemark.source.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.change.LogicalMessage;
import io.tidemark.postgres.change.Op;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.source.CaptureOptions;
import io.tidemark.source.StartMode;
import io.tidemark.source.run.CaptureRun;
import io.tidemark.source.run.FailOnce;
import io.tidemark.source.run.InterleavedWriter;
import io.tidemark.source.run.StreamOrder;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.TestDatabase;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import org.apache.flink.configuration.MemorySize;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Transactions that commit in another order than they write. */
class InterleavedTransactionsITCase {
  private static final int ROWS = 2_000;

  @RegisterExtension
  static final PostgresExtension POSTGRES = PostgresExtension.builder().standbys(2).build();

  /** A hole of others: they take the LSN of a change, not of its commit, for its order. */
  @Test
  void changesWrittenBeforeAMarkAndCommittedBehindItAreOrderedByTheirCommits() throws Exception {
    TestDatabase database = POSTGRES.database();
    makeTable(database);
    // Whether a row changes between its reading and the mark behind it is chance: simulated.
    long dropped = dropsOfADumpBesideWriters(database, 5);
    System.out.println("rows that were older than the stream's: " + dropped);
  }

  private static long dropsOfADumpBesideWriters(TestDatabase database, long seed) throws Exception {
    try (Connection early = database.connect();
        Statement statement = early.createStatement();
        InterleavedWriter writer = InterleavedWriter.start(database, ROWS, seed);
        CaptureRun run = dump(database).slowReads(Duration.ofMillis(1)).start()) {
      // A slot is made only when all transactions that are open at first have ended.
      run.await("the dump to begin", () -> run.reads() > 0);
      early.setAutoCommit(false);
      statement.execute("UPDATE t SET n = -1 WHERE id = " + (ROWS + 1));
      statement.execute("DELETE FROM t WHERE id = " + (ROWS + 2));
      run.await("rows of the dump", () -> run.reads() > ROWS / 2);
      assertThat(run.reads()).as("the dump goes on").isLessThan(ROWS);
      early.commit();
      run.await("most of the dump", () -> run.reads() > ROWS * 3 / 4);
      writer.stop();
      run.awaitEqual("t");
      return run.metric("dumpRowsDropped");
    }
  }

  /** A hole of others: a restart position that skips what was open there, or repeats it. */
  @Test
  void aTransactionThatWasOpenAtARestartPositionIsNeitherSkippedNorRepeated() throws Exception {
    TestDatabase database = POSTGRES.database();
    makeTable(database);
    String first = database.name() + " first";
    String second = database.name() + " second";
    try (CaptureRun run =
        CaptureRun.of(database)
            .capture(c -> c.startMode(StartMode.streamOnly()))
            .flink("execution.checkpointing.interval", "20ms")
            .before(
                changes -> changes.map(new FailOnce(first, 500)).map(new FailOnce(second, 2_000)))
            .start()) {
      run.awaitCaughtUp();
      try (Connection early = database.connect();
          Statement statement = early.createStatement();
          InterleavedWriter writer = InterleavedWriter.start(database, ROWS, 6)) {
        early.setAutoCommit(false);
        statement.execute("SELECT pg_logical_emit_message(true, 'early', '')");
        statement.execute("UPDATE t SET n = -1 WHERE id = " + (ROWS + 1));
        run.await("both failures", () -> FailOnce.hasFailed(first) && FailOnce.hasFailed(second));
        early.commit();
        writer.stop();
      }
      run.awaitCaughtUp();
      StreamOrder.check(run.changes());
      assertThat(run.changes())
          .filteredOn(c -> c instanceof LogicalMessage m && m.prefix().equals("early"))
          .hasSize(1);
      assertThat(run.changes())
          .filteredOn(
              c -> c instanceof RowChange r && r.op() == Op.UPDATE && r.getInt("id") == ROWS + 1)
          .hasSize(1);
    }
  }

  private static CaptureRun.Settings dump(TestDatabase database) {
    return CaptureRun.of(database)
        .capture(
            c ->
                c.replica(database.standbyUrl(0))
                    .replica(database.standbyUrl(1))
                    .set(CaptureOptions.DUMP_CHUNK_SIZE, MemorySize.parse("64kb"))
                    .set(CaptureOptions.DUMP_UNEVALUATED_CHUNKS, 1));
  }

  private static void makeTable(TestDatabase database) throws Exception {
    database.execute(
        "CREATE TABLE t (id int PRIMARY KEY, n int, big text)",
        "ALTER TABLE t ALTER big SET STORAGE EXTERNAL",
        "INSERT INTO t SELECT i, 0, repeat('x', 3000) FROM generate_series(1, %d) i"
            .formatted(ROWS + 2));
  }
}
