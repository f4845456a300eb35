package io.tidemark.dump.chunk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.tidemark.dump.plan.PageRange;
import io.tidemark.postgres.Lsn;
import io.tidemark.postgres.catalog.PhysicalTable;
import io.tidemark.postgres.connection.Endpoint;
import io.tidemark.postgres.connection.Password;
import io.tidemark.postgres.setup.ServerIdentity;
import io.tidemark.testkit.Await;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.PostgresStandby;
import io.tidemark.testkit.postgres.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a session does with servers and tables that are not as they should be.
 *
 * <p>More than 400 lines for the number of its rules, which read as one.
 */
@Timeout(120)
class ChunkSessionITCase {
  @RegisterExtension
  static final PostgresExtension POSTGRES =
      PostgresExtension.builder()
          .standbys(1)
          .cluster(cluster -> cluster.standbySetting("max_standby_streaming_delay", "0"))
          .build();

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private TestDatabase database;
  private PostgresStandby standby;
  private Dumps dumps;

  @BeforeEach
  void makeATable() throws SQLException {
    database = POSTGRES.database();
    standby = POSTGRES.cluster().standby(0);
    dumps = new Dumps(POSTGRES.cluster(), database);
    database.execute(
        "CREATE TABLE t (i int PRIMARY KEY, v text)",
        "INSERT INTO t SELECT i, repeat('v', 500) FROM generate_series(1, 20000) i",
        "CREATE PUBLICATION p FOR ALL TABLES");
  }

  @AfterEach
  void stopThreads() {
    threads.shutdownNow();
  }

  private static ChunkRequest request(PhysicalTable table, long markLsn) {
    return new ChunkRequest(table, Dumps.all(), markLsn, VisibilityCheck.NONE);
  }

  private static ChunkResult readAll(ChunkSession session, PhysicalTable table) throws Exception {
    return Dumps.read(session, table, Dumps.all(), new ArrayList<>());
  }

  private static DumpException failure(ChunkSession session, PhysicalTable table) {
    return catchThrowableOfType(DumpException.class, () -> readAll(session, table));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          REWRITTEN       | VACUUM FULL t
          REWRITTEN       | TRUNCATE t
          REWRITTEN       | CLUSTER t USING t_pkey
          REWRITTEN       | ALTER TABLE t ALTER i TYPE bigint
          ALTERED         | ALTER TABLE t ADD w int
          ALTERED         | ALTER TABLE t ADD w int DEFAULT 5
          ALTERED         | ALTER TABLE t RENAME v TO w
          ALTERED         | ALTER TABLE t DROP v
          ALTERED         | ALTER TABLE t ALTER v TYPE varchar
          ALTERED         | ALTER TABLE t REPLICA IDENTITY FULL
          ALTERED         | ALTER TABLE t DROP CONSTRAINT t_pkey
          DROPPED         | ALTER TABLE t RENAME TO u
          DROPPED         | DROP TABLE t
          DROPPED         | DROP TABLE t; CREATE TABLE t (i int PRIMARY KEY, v text)
          """)
  void changedTableIsNoticedBeforeItIsRead(PlanStaleException.Reason reason, String change)
      throws Exception {
    PhysicalTable table = dumps.planOne("t");
    try (ChunkSession session = dumps.open(dumps.standby())) {
      assertThat(readAll(session, table).rows()).isEqualTo(20_000);
      database.execute(change);
      POSTGRES.cluster().awaitReplay();
      assertThat(failure(session, table))
          .isInstanceOfSatisfying(
              PlanStaleException.class,
              stale -> {
                assertThat(stale.reason()).isEqualTo(reason);
                assertThat(stale.failure()).isEqualTo(DumpFailure.STALE_PLAN);
              });
      // The session goes on.
      database.execute("CREATE TABLE other (i int PRIMARY KEY)");
      assertThat(readAll(session, dumps.planOne("other")).rows()).isZero();
    }
  }

  @Test
  void aChunkOfMoreBytesThanAskedForIsGivenUp() throws Exception {
    database.execute(
        "CREATE TABLE large (i int PRIMARY KEY, v text)",
        "ALTER TABLE large ALTER v SET STORAGE EXTERNAL",
        "INSERT INTO large SELECT i, repeat('x', 100000) FROM generate_series(1, 1000) i");
    POSTGRES.cluster().awaitReplay();
    PhysicalTable table = dumps.planOne("large");
    long[] taken = new long[1];
    try (ChunkSession session = dumps.open(dumps.standby())) {
      ChunkRequest request =
          new ChunkRequest(
              table, Dumps.all(), session.replayLsn(), VisibilityCheck.NONE, 1_000_000);
      DumpException failure =
          catchThrowableOfType(
              DumpException.class, () -> session.read(request, tuple -> taken[0] += tuple.length));
      assertThat(failure.failure()).isEqualTo(DumpFailure.TOO_LARGE);
      assertThat(failure.failure().isRetryable()).isTrue();
      assertThat(failure).hasMessageContaining("come to more than 1000000 bytes");
    }
    assertThat(taken[0]).isBetween(1_000_000L, 1_200_000L);
  }

  @Test
  void rewriteThatTheLockWaitedForIsNoticed() throws Exception {
    PhysicalTable table = dumps.planOne("t");
    try (ChunkSession session = dumps.open(dumps.primary());
        Connection writer = database.connect();
        Statement statement = writer.createStatement()) {
      writer.setAutoCommit(false);
      statement.execute("TRUNCATE t");
      Future<DumpException> failure = threads.submit(() -> failure(session, table));
      awaitLockWait();
      writer.commit();
      assertThat(failure.get())
          .isInstanceOfSatisfying(
              PlanStaleException.class,
              e -> assertThat(e.reason()).isEqualTo(PlanStaleException.Reason.REWRITTEN));
    }
  }

  private void awaitLockWait() throws SQLException {
    Await.until(
        "a session to wait for a lock",
        Duration.ofSeconds(30),
        () ->
            database
                .query(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                        + " AND wait_event_type = 'Lock'")
                .equals("1"),
        () -> "");
  }

  @Test
  void pausedReplayIsHowFarItIsAndHighCoversWhatItHolds() throws Exception {
    PhysicalTable table = dumps.planOne("t");
    try (ChunkSession session = dumps.open(dumps.standby())) {
      standby.pauseReplay();
      long replayed = session.replayLsn();
      database.execute("INSERT INTO t VALUES (0, 'zero')");
      long written = Lsn.parse(database.query("SELECT pg_current_wal_flush_lsn()")).value();
      Await.until(
          "the standby to receive the insert",
          Duration.ofSeconds(30),
          () ->
              standby
                  .query(
                      database.name(),
                      "SELECT pg_last_wal_receive_lsn() >= '" + Lsn.format(written) + "'")
                  .equals("t"),
          () -> "");
      assertThat(session.replayLsn()).isEqualTo(replayed);
      ChunkResult result = session.read(request(table, replayed), row -> {});
      assertThat(result.rows()).isEqualTo(20_000);
      // Replay stands while more has been received: it may be one record short.
      assertThat(Long.compareUnsigned(result.high(), written)).isNotNegative();
      assertThatThrownBy(() -> session.read(request(table, written), row -> {}))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(Lsn.format(written));
      standby.resumeReplay();
      POSTGRES.cluster().awaitReplay();
      assertThat(Long.compareUnsigned(session.replayLsn(), written)).isNotNegative();
      assertThat(session.read(request(table, written), row -> {}).rows()).isEqualTo(20_001);
    }
  }

  @Test
  void highOfAnIdleStandbyIsWhatItHasReplayed() throws Exception {
    PhysicalTable table = dumps.planOne("t");
    try (ChunkSession session = dumps.open(dumps.standby())) {
      ChunkResult result = readAll(session, table);
      assertThat(Long.compareUnsigned(result.high(), session.replayLsn())).isNotPositive();
    }
  }

  @Test
  void crashedStandbyIsUnavailableAndABackOneIsReadAgain() throws Exception {
    PhysicalTable table = dumps.planOne("t");
    DumpSource source = dumps.standby();
    try (ChunkSession session = dumps.open(source)) {
      standby.crash();
      DumpException failure = failure(session, table);
      assertThat(failure.failure()).isEqualTo(DumpFailure.UNAVAILABLE);
      assertThat(session.isOpen()).isFalse();
    }
    assertThatThrownBy(() -> dumps.open(source))
        .isInstanceOfSatisfying(
            DumpException.class, e -> assertThat(e.failure()).isEqualTo(DumpFailure.UNAVAILABLE));
    standby.start();
    POSTGRES.cluster().awaitReplay();
    try (ChunkSession session = dumps.open(source)) {
      assertThat(readAll(session, table).rows()).isEqualTo(20_000);
    }
  }

  @Test
  void recoveryConflictIsAConflict() throws Exception {
    PhysicalTable table = dumps.planOne("t");
    try (ChunkSession session = dumps.open(dumps.standby())) {
      CountDownLatch started = new CountDownLatch(1);
      CountDownLatch conflicting = new CountDownLatch(1);
      long mark = session.replayLsn();
      Future<ChunkResult> result =
          threads.submit(
              () ->
                  session.read(
                      request(table, mark),
                      row -> {
                        started.countDown();
                        conflicting.await();
                      }));
      started.await();
      database.execute("DELETE FROM t", "VACUUM t");
      POSTGRES.cluster().awaitReplay();
      conflicting.countDown();
      assertThatThrownBy(result::get)
          .isInstanceOf(ExecutionException.class)
          .cause()
          .isInstanceOfSatisfying(
              DumpException.class, e -> assertThat(e.failure()).isEqualTo(DumpFailure.CONFLICT));
      // The session may have been terminated, or only its query: a new chunk says which.
      if (session.isOpen()) {
        assertThat(readAll(session, table).rows()).isZero();
      }
    }
  }

  @Test
  void closingEndsAReadThatWaitsForALock() throws Exception {
    PhysicalTable table = dumps.planOne("t");
    try (Connection writer = database.connect();
        Statement statement = writer.createStatement()) {
      writer.setAutoCommit(false);
      statement.execute("LOCK TABLE t IN ACCESS EXCLUSIVE MODE");
      ChunkSession session = dumps.open(dumps.primary());
      Future<DumpException> failure = threads.submit(() -> failure(session, table));
      awaitLockWait();
      session.close();
      assertThat(failure.get().failure()).isEqualTo(DumpFailure.UNAVAILABLE);
      assertThat(session.isOpen()).isFalse();
      Await.until(
          "the session's backend to end",
          Duration.ofSeconds(30),
          () ->
              database
                  .query(
                      "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'tidemark'"
                          + " AND datname = current_database()")
                  .equals("0"),
          () -> "");
    }
  }

  @Test
  void interruptedSinkEndsTheSession() throws Exception {
    PhysicalTable table = dumps.planOne("t");
    try (ChunkSession session = dumps.open(dumps.standby())) {
      long mark = session.replayLsn();
      assertThatThrownBy(
              () ->
                  session.read(
                      request(table, mark),
                      row -> {
                        throw new InterruptedException();
                      }))
          .isInstanceOf(InterruptedException.class);
      assertThat(session.isOpen()).isFalse();
    }
  }

  @Test
  void snapshotOfThePrimaryCountsOnlyIfTheCheckSaysSo() throws Exception {
    PhysicalTable table = dumps.planOne("t");
    try (ChunkSession session = dumps.open(dumps.primary());
        Connection writer = database.connect();
        Statement statement = writer.createStatement()) {
      writer.setAutoCommit(false);
      statement.execute("INSERT INTO t VALUES (0, 'zero')");
      int xid = (int) Long.parseLong(first(statement, "SELECT pg_current_xact_id()"));
      ChunkRequest request =
          new ChunkRequest(
              table,
              new ChunkRequest.Pages(new PageRange(0, 1)),
              session.replayLsn(),
              snapshot -> snapshot.sees(xid));
      List<byte[]> rows = new ArrayList<>();
      assertThatThrownBy(() -> session.read(request, rows::add))
          .isInstanceOfSatisfying(
              DumpException.class,
              e -> assertThat(e.failure()).isEqualTo(DumpFailure.NOT_YET_VISIBLE));
      assertThat(rows).isEmpty();
      writer.commit();
      long committed = Lsn.parse(database.query("SELECT pg_current_wal_flush_lsn()")).value();
      ChunkResult result = session.read(request, rows::add);
      assertThat(rows).isNotEmpty();
      assertThat(Long.compareUnsigned(result.high(), committed)).isNotNegative();
    }
  }

  private static String first(Statement statement, String sql) throws SQLException {
    try (var rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }

  @Test
  void otherServersAreRefused() throws Exception {
    ServerIdentity expected = dumps.expected();
    assertWrong(
        dumps.standby(),
        new ServerIdentity(expected.systemId() + 1, expected.timeline()),
        "is of system");
    assertWrong(
        dumps.standby(),
        new ServerIdentity(expected.systemId(), expected.timeline() - 1),
        "is on timeline");
    assertWrong(
        new DumpSource(dumps.primary().endpoint(), DumpSource.Kind.STANDBY),
        expected,
        "is not a standby");
    assertWrong(
        new DumpSource(dumps.standby().endpoint(), DumpSource.Kind.PRIMARY),
        expected,
        "is a standby");
  }

  @Test
  void aStandbyOfAnEarlierTimelineIsNotReadYet() throws Exception {
    ServerIdentity expected = dumps.expected();
    ServerIdentity later = new ServerIdentity(expected.systemId(), expected.timeline() + 1);
    assertThatThrownBy(() -> ChunkSession.open(dumps.standby(), later))
        .isInstanceOfSatisfying(
            DumpException.class, e -> assertThat(e.failure()).isEqualTo(DumpFailure.UNAVAILABLE))
        .hasMessageContaining("is still on timeline 1, the stream on 2");
  }

  private static void assertWrong(DumpSource source, ServerIdentity expected, String message) {
    assertThatThrownBy(() -> ChunkSession.open(source, expected))
        .isInstanceOfSatisfying(
            DumpException.class, e -> assertThat(e.failure()).isEqualTo(DumpFailure.WRONG_SERVER))
        .hasMessageContaining(message)
        .hasMessageContaining(source.toString());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void missingPrivilegesAndRowSecurityAreTheOperatorsBusiness(boolean granted) throws Exception {
    TestDatabase.Role role = database.createCaptureRole();
    if (granted) {
      database.execute(
          "GRANT SELECT ON t TO " + role.name(),
          "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
          "CREATE POLICY few ON t USING (i < 10)");
    }
    PhysicalTable table = dumps.planOne("t");
    DumpSource source =
        new DumpSource(
            new Endpoint(
                database.standbyUrl(0), role.name(), Password.of(role.password()), Map.of()),
            DumpSource.Kind.STANDBY);
    try (ChunkSession session = dumps.open(source)) {
      assertThat(failure(session, table))
          .hasMessageContaining(granted ? "row-level security" : "permission denied")
          .hasMessageContaining("public.t")
          .hasMessageContaining("BYPASSRLS")
          .extracting(DumpException::failure)
          .isEqualTo(DumpFailure.DENIED);
      database.execute(
          "GRANT SELECT ON t TO " + role.name(), "ALTER ROLE " + role.name() + " BYPASSRLS");
      POSTGRES.cluster().awaitReplay();
      assertThat(readAll(session, table).rows()).isEqualTo(20_000);
    }
    database.execute("DROP OWNED BY " + role.name());
  }

  @Test
  void wrongPasswordIsTheOperatorsBusinessAndIsNotShown() throws Exception {
    Endpoint endpoint =
        new Endpoint(database.standbyUrl(0), database.user(), Password.of("open sesame"), Map.of());
    assertThatThrownBy(() -> dumps.open(new DumpSource(endpoint, DumpSource.Kind.STANDBY)))
        .isInstanceOfSatisfying(
            DumpException.class, e -> assertThat(e.failure()).isEqualTo(DumpFailure.REFUSED))
        .hasMessageNotContaining("sesame");
  }
}
