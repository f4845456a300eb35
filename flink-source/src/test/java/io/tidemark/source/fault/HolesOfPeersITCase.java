package io.tidemark.source.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.source.CaptureOptions;
import io.tidemark.source.run.CaptureRun;
import io.tidemark.testkit.Await;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.PostgresStandby;
import io.tidemark.testkit.postgres.TestDatabase;
import io.tidemark.testkit.proxy.FaultProxy;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Ways in which other captures lose rows or values. */
class HolesOfPeersITCase {
  private static final Pattern RANGE_END = Pattern.compile("ctid < '\\((\\d+),0\\)'");

  @RegisterExtension
  static final PostgresExtension POSTGRES =
      PostgresExtension.builder()
          .standbys(1)
          .cluster(cluster -> cluster.standbySetting("log_statement", "all"))
          .build();

  private TestDatabase database;
  private PostgresStandby standby;

  @BeforeEach
  void makeTable() throws Exception {
    database = POSTGRES.database();
    standby = POSTGRES.cluster().standby(0);
    HeldDump.makeTable(database);
  }

  @Test
  void whatAStandbyHasReceivedIsNotTakenForWhatItHasReplayed() throws Exception {
    database.execute("CREATE PUBLICATION tidemark FOR TABLE t");
    POSTGRES.cluster().awaitReplay();
    standby.pauseReplay();
    database.execute(
        "INSERT INTO t SELECT i, 'late', repeat('l', 2500), 0 FROM generate_series(20001, 20500) i",
        "UPDATE t SET n = 1 WHERE a <= 500",
        "DELETE FROM t WHERE a BETWEEN 501 AND 600");
    String written = database.query("SELECT pg_current_wal_flush_lsn()");
    Await.until(
        "the standby to receive the rows",
        Duration.ofMinutes(1),
        () ->
            standby
                .query(database.name(), "SELECT pg_last_wal_receive_lsn() >= '" + written + "'")
                .equals("t"));
    try (CaptureRun run =
        CaptureRun.of(database).capture(c -> c.replica(database.standbyUrl(0))).start()) {
      run.awaitCaughtUp();
      long before = questions();
      run.await("the dump to ask the standby again and again", () -> questions() > before + 20);
      assertThat(run.reads()).as("no snapshot of the standby has what came before").isZero();
      database.execute("UPDATE t SET n = 2 WHERE a % 7 = 0");
      run.awaitCaughtUp();
      assertThat(run.metric("dumpsOpen")).isEqualTo(1);
      standby.resumeReplay();
      run.awaitDumped();
      run.awaitEqual("t");
    }
  }

  /** How often the standby was asked how far it has replayed. */
  private long questions() {
    return database
        .log(standby)
        .filter(line -> line.contains("SELECT pg_is_in_recovery(), "))
        .count();
  }

  @Test
  void rowsThatMoveFromPagesNotYetReadIntoReadOnesKeepTheirLargeValues() throws Exception {
    long freed = page("WHERE a = 900");
    // Some stay, so that their pages look much like others to what cuts the table into chunks.
    database.execute("DELETE FROM t WHERE a < 900 AND a % 3 > 0", "VACUUM t");
    try (HeldDump dump =
        HeldDump.start(database, 1, s -> s.capture(c -> c.replica(database.standbyUrl(0))))) {
      assertThat(chunkEnd())
          .as("end of the chunk being read")
          .isBetween(freed, page("WHERE a > 5500"));
      database.execute("UPDATE t SET n = n + 1 WHERE a > 5500");
      long moved =
          database.queryLong(
              "SELECT count(*) FROM t WHERE a > 5500 AND (ctid::text::point)[0] < " + freed);
      assertThat(moved).as("rows that moved to pages that were read").isGreaterThan(400);
      dump.awaitEqual("t");
      assertThat(dump.run().metric("dumpRowsRepaired")).isGreaterThanOrEqualTo(moved);
    }
  }

  /** The first page that has such rows. */
  private long page(String where) throws Exception {
    return database.queryLong("SELECT min((ctid::text::point)[0]::int) FROM t " + where);
  }

  /** The page after the last one of the chunk that was begun last. */
  private long chunkEnd() {
    return database
        .log(standby)
        .map(RANGE_END::matcher)
        .filter(Matcher::find)
        .mapToLong(range -> Long.parseLong(range.group(1)))
        .reduce(Long.MAX_VALUE, (former, next) -> next);
  }

  @Test
  void aLargeValueLeftAloneIsNotLostWithTheChunkRowThatAnUpdateReplaces() throws Exception {
    try (FaultProxy proxy = FaultProxy.before(standby.port())) {
      CompletableFuture<Void> stalled = proxy.injectAfter(100_000, FaultProxy.Fault.STALL);
      try (CaptureRun run =
          CaptureRun.of(database)
              .capture(
                  c ->
                      c.replica(proxy.url(database.standbyUrl(0)))
                          .set(CaptureOptions.DUMP_CONNECTIONS, 1))
              .start()) {
        run.await("a COPY to stand still", stalled::isDone);
        database.execute("UPDATE t SET n = n + 1");
        run.awaitCaughtUp();
        proxy.resume();
        run.awaitDumped();
        run.awaitEqual("t");
        assertThat(run.metric("dumpRowsCompleted")).isPositive();
      }
    }
  }
}
