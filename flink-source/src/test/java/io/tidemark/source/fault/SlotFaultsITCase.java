package io.tidemark.source.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.Lsn;
import io.tidemark.postgres.connection.Endpoint;
import io.tidemark.postgres.connection.Password;
import io.tidemark.postgres.setup.SlotStatus;
import io.tidemark.postgres.setup.Slots;
import io.tidemark.postgres.setup.Walsender;
import io.tidemark.source.run.CaptureRun;
import io.tidemark.source.run.RecordingSink;
import io.tidemark.source.run.Writer;
import io.tidemark.testkit.Await;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.TestDatabase;
import io.tidemark.testkit.proxy.FaultProxy;
import io.tidemark.testkit.proxy.FaultProxy.Direction;
import io.tidemark.testkit.proxy.FaultProxy.Fault;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.PGConnection;
import org.postgresql.replication.PGReplicationStream;

/** What others, and the server, do to the slot of a capture. */
class SlotFaultsITCase {
  @RegisterExtension
  static final PostgresExtension POSTGRES =
      PostgresExtension.builder()
          .standbys(1)
          .cluster(cluster -> cluster.primarySetting("max_slot_wal_keep_size", "16MB"))
          .build();

  private TestDatabase database;
  private FaultProxy proxy;

  @BeforeEach
  void tableBehindAProxy() throws SQLException {
    database = POSTGRES.database();
    database.execute(
        "CREATE TABLE t (a int, b text, big text, n int, PRIMARY KEY (a, b))",
        "INSERT INTO t SELECT i, 'k' || i % 7, 'x', 0 FROM generate_series(1, 1000) i");
    proxy = FaultProxy.before(POSTGRES.cluster().primary().port());
  }

  @AfterEach
  void closeProxy() {
    proxy.close();
    RecordingSink.forget(database.name());
  }

  @Test
  void aSlotThatWasDroppedUnderWayIsRefusedByItsName() throws Exception {
    String other = database.name() + "_other";
    try (Connection connection = database.connect();
        Connection walsender = Walsender.connect(primary())) {
      Slots.create(walsender, other, false);
      SlotStatus untouched = Slots.require(connection, other);
      try (CaptureRun run = capture().start()) {
        run.awaitEqual("t");
        drop(connection);
        assertThat(run.awaitFailure()).contains("slot '" + database.slot() + "' does not exist");
      }
      assertThat(Slots.find(connection, database.slot())).as("nobody makes it again").isEmpty();
      assertThat(Slots.require(connection, other).confirmedFlush())
          .isEqualTo(untouched.confirmedFlush());
    }
    database.execute("UPDATE t SET n = 1 WHERE a < 10");
    assertAFreshCaptureIsEqual();
  }

  @Test
  void aSlotThatIsLostWhileTheCaptureIsStoppedIsRefused(@TempDir Path directory) throws Exception {
    String savepoint;
    try (CaptureRun run = capture().start()) {
      run.awaitEqual("t");
      savepoint = run.stop(directory);
    }
    loseTheSlot();
    try (CaptureRun run = capture().flink("execution.state-recovery.path", savepoint).start()) {
      assertThat(run.awaitFailure())
          .contains("slot '" + database.slot() + "' cannot be used: it is lost")
          .contains("max_slot_wal_keep_size");
      assertThat(run.changes()).isEmpty();
    }
    try (Connection connection = database.connect()) {
      Slots.drop(connection, database.slot(), false);
    }
    assertAFreshCaptureIsEqual();
  }

  @Test
  void aSlotThatIsLostUnderASilentConnectionIsRefused() throws Exception {
    try (CaptureRun run = capture().start()) {
      run.awaitEqual("t");
      proxy.stall(Direction.TO_CLIENT, Direction.TO_SERVER);
      database.execute("UPDATE t SET n = 1");
      loseTheSlot();
      proxy.resume();
      assertThat(run.awaitFailure())
          .contains("slot '" + database.slot() + "' cannot be used: it is lost");
    }
    try (Connection connection = database.connect()) {
      Slots.drop(connection, database.slot(), false);
    }
    assertAFreshCaptureIsEqual();
  }

  @Test
  void aSlotThatAnotherConsumerHasTakenIsAwaitedAndThenGoesOn() throws Exception {
    try (Writer writer = Writer.start(database, 41, Duration.ofMillis(5));
        CaptureRun run = capture().start()) {
      run.awaitCaughtUp();
      proxy.refuse();
      proxy.inject(Fault.RESET);
      Await.until("the slot to be free", CaptureRun.PATIENCE, () -> pid() == 0);
      try (Connection another = Walsender.connect(primary());
          PGReplicationStream taken = take(another)) {
        assertThat(taken.isClosed()).isFalse();
        long pid = pid();
        long connections = proxy.connections();
        proxy.accept();
        run.await("some attempts", () -> proxy.connections() > connections + 5);
        assertThat(pid()).as("who has the slot").isEqualTo(pid).isPositive();
      }
      run.awaitCaughtUp();
      writer.stop();
      run.awaitEqual("t");
    }
  }

  @Test
  void aSlotThatAnotherConsumerHasAdvancedIsRefused(@TempDir Path directory) throws Exception {
    String savepoint;
    try (CaptureRun run = capture().start()) {
      run.awaitEqual("t");
      savepoint = run.stop(directory);
    }
    database.execute("UPDATE t SET n = 1 WHERE a < 10");
    database.query(
        "SELECT pg_replication_slot_advance('" + database.slot() + "', pg_current_wal_lsn())");
    Lsn advanced = CaptureRun.confirmedFlush(database);
    try (CaptureRun run = capture().flink("execution.state-recovery.path", savepoint).start()) {
      assertThat(run.awaitFailure())
          .contains("slot '" + database.slot() + "' is ahead of the checkpoint")
          .contains("Something else has used the slot");
      assertThat(run.changes()).isEmpty();
    }
    assertThat(CaptureRun.confirmedFlush(database))
        .as("the slot is left as it was")
        .isEqualTo(advanced);
    assertAFreshCaptureIsEqual();
  }

  @Test
  void theSecondOfTwoJobsOnOneSlotWaitsAndTheFirstIsNotDisturbed() throws Exception {
    CaptureRun second;
    try (Writer writer = Writer.start(database, 43, Duration.ofMillis(5));
        CaptureRun first =
            CaptureRun.of(database).capture(c -> c.replica(database.standbyUrl(0))).start()) {
      first.awaitCaughtUp();
      long pid = pid();
      second = capture().start();
      second.await("some attempts", () -> proxy.connections() > 20);
      writer.stop();
      first.awaitEqual("t");
      assertThat(pid()).as("who has the slot").isEqualTo(pid);
    }
    try (second) {
      // What the first one has captured meanwhile is in no stream of the second.
      assertThat(second.awaitFailure())
          .contains("slot '" + database.slot() + "' is ahead of the checkpoint");
      assertThat(second.changes()).isEmpty();
    }
    assertAFreshCaptureIsEqual();
  }

  private CaptureRun.Settings capture() {
    return CaptureRun.of(database)
        .flink("restart-strategy.fixed-delay.attempts", "5")
        .capture(c -> c.url(proxy.url(database.primaryUrl())).replica(database.standbyUrl(0)));
  }

  private void assertAFreshCaptureIsEqual() throws Exception {
    try (CaptureRun run = capture().start()) {
      run.awaitEqual("t");
    }
  }

  private void drop(Connection connection) {
    Await.until(
        "the slot to be dropped",
        CaptureRun.PATIENCE,
        () -> {
          try {
            Slots.drop(connection, database.slot(), true);
            return true;
          } catch (SQLException e) {
            // The capture may take it again in between.
            assertThat(e.getSQLState()).isEqualTo("55006");
            return false;
          }
        });
  }

  private void loseTheSlot() {
    Await.until(
        "the slot to be lost",
        CaptureRun.PATIENCE,
        () -> {
          database.execute(
              "SELECT pg_logical_emit_message(true, 'wal', '')", "SELECT pg_switch_wal()");
          database.execute("CHECKPOINT");
          try (Connection connection = database.connect()) {
            return Slots.require(connection, database.slot()).isLost();
          }
        });
  }

  private PGReplicationStream take(Connection walsender) throws SQLException {
    return walsender
        .unwrap(PGConnection.class)
        .getReplicationAPI()
        .replicationStream()
        .logical()
        .withSlotName(database.slot())
        .withSlotOption("proto_version", "1")
        .withSlotOption("publication_names", "tidemark")
        .start();
  }

  private Endpoint primary() {
    return new Endpoint(
        database.primaryUrl(), database.user(), Password.of(database.password()), Map.of());
  }

  private long pid() throws SQLException {
    try (Connection connection = database.connect()) {
      return Slots.require(connection, database.slot()).activePid();
    }
  }
}
