package io.tidemark.source.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.change.Op;
import io.tidemark.source.CaptureOptions;
import io.tidemark.source.run.CaptureRun;
import io.tidemark.source.run.Hold;
import io.tidemark.testkit.postgres.PostgresCluster;
import io.tidemark.testkit.postgres.PostgresStandby;
import io.tidemark.testkit.postgres.TestDatabase;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.apache.flink.configuration.MemorySize;

/**
 * A capture whose dump stands still in its middle, until {@link #goOn()}: some rows have come, a
 * chunk is being read or to be read next, and some pages nobody has looked at.
 */
final class HeldDump implements AutoCloseable {
  /** Of the table {@code t}: some fifty pages, with large values of 2 KB beside each row. */
  static final int ROWS = 6_000;

  private static final int HELD_AFTER = 1_500;

  private final String hold;
  private final CaptureRun run;

  private HeldDump(String hold, CaptureRun run) {
    this.hold = hold;
    this.run = run;
  }

  /** Makes the table that a {@link io.tidemark.source.run.Writer} writes to. */
  static void makeTable(TestDatabase database) throws SQLException {
    database.execute(
        "CREATE TABLE t (a int, b text, big text, n int, more text DEFAULT 'm',"
            + " PRIMARY KEY (a, b))",
        "ALTER TABLE t ALTER big SET STORAGE EXTERNAL",
        "INSERT INTO t SELECT i, 'k' || i % 7, repeat(md5(i::text), 70), 0"
            + " FROM generate_series(1, "
            + ROWS
            + ") i");
  }

  /**
   * Starts a capture that reads dumps in small chunks over one connection, and returns when it is
   * held up.
   *
   * @param more says where to dump from
   */
  static HeldDump start(TestDatabase database, int lanes, UnaryOperator<CaptureRun.Settings> more)
      throws Exception {
    String hold = database.name() + " " + UUID.randomUUID();
    CaptureRun run = more.apply(settings(database, lanes, hold)).start();
    try {
      run.await("the dump to be held up", () -> Hold.isHolding(hold));
      assertThat(run.metric("dumpsOpen")).isPositive();
      assertThat(run.reads()).isBetween(1L, ROWS - 1L);
      return new HeldDump(hold, run);
    } catch (Exception | Error e) {
      run.close();
      throw e;
    }
  }

  private static CaptureRun.Settings settings(TestDatabase database, int lanes, String hold) {
    return CaptureRun.of(database)
        .parallelism(lanes == 1 ? 1 : 2)
        .flink("restart-strategy.fixed-delay.attempts", "1000")
        .capture(
            c ->
                c.lanes(lanes)
                    .set(CaptureOptions.DUMP_CHUNK_SIZE, MemorySize.parse("1mb"))
                    .set(CaptureOptions.DUMP_QUEUE_SIZE, MemorySize.parse("128kb"))
                    .set(CaptureOptions.DUMP_CONNECTIONS, 1))
        .before(changes -> changes.map(Hold.after(hold, Op.READ, HELD_AFTER)).setParallelism(1));
  }

  /** The standby that the dump's only connection goes to, within a chunk or between two. */
  static PostgresStandby standbyBeingRead(PostgresCluster cluster, TestDatabase database)
      throws SQLException {
    List<PostgresStandby> found = new ArrayList<>();
    for (PostgresStandby standby : cluster.standbys()) {
      String sessions =
          "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
              + " AND application_name = 'tidemark'";
      if (!standby.query(database.name(), sessions).equals("0")) {
        found.add(standby);
      }
    }
    assertThat(found).as("standbys with a connection of the dump").hasSize(1);
    return found.get(0);
  }

  CaptureRun run() {
    return run;
  }

  void goOn() {
    Hold.release(hold);
  }

  /** Lets the dump go on to its end and compares the table, to which nobody may write any more. */
  void awaitEqual(String table) throws Exception {
    goOn();
    run.awaitDumped();
    run.awaitEqual(table);
  }

  @Override
  public void close() {
    run.close();
  }
}
