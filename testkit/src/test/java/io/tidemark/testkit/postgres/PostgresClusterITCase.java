package io.tidemark.testkit.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;

class PostgresClusterITCase {
  @RegisterExtension
  static final PostgresExtension POSTGRES =
      PostgresExtension.builder().standbys(1).logStatements().build();

  @ParameterizedTest
  @ValueSource(ints = {14, 18})
  void twoStandbysFollowThePrimary(int major) throws SQLException {
    try (PostgresCluster cluster = PostgresCluster.builder().major(major).standbys(2).start()) {
      String database = cluster.createDatabase();
      cluster.primary().execute(database, "CREATE TABLE t AS SELECT generate_series(1, 1000)");
      cluster.awaitReplay();
      for (PostgresStandby standby : cluster.standbys()) {
        assertThat(standby.query(database, "SELECT count(*) FROM t")).isEqualTo("1000");
        assertThat(standby.query(database, "SHOW server_version")).startsWith(major + ".");
        assertThat(standby.query(database, "SHOW fsync")).isEqualTo("off");
      }
      cluster.standby(1).promote();
      cluster.standby(1).execute(database, "INSERT INTO t VALUES (0)");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {14, 18})
  void transactionIdsBeginAnewAt32Bits(int major) throws SQLException {
    long last = (1L << 32) - 1;
    try (PostgresCluster cluster =
        PostgresCluster.builder().major(major).standbys(1).nextXid(last - 20).start()) {
      String database = cluster.createDatabase();
      cluster.primary().execute(database, "CREATE TABLE t (i int)");
      assertThat(Long.parseLong(cluster.primary().query(database, "SELECT txid_current()")))
          .isBetween(last - 20, last);
      for (int i = 0; i < 30; i++) {
        cluster.primary().execute(database, "INSERT INTO t VALUES (1)");
      }
      cluster.primary().execute(database, "VACUUM FREEZE t");
      assertThat(Long.parseLong(cluster.primary().query(database, "SELECT txid_current()")))
          .isGreaterThan(last);
      cluster.awaitReplay();
      assertThat(cluster.standby(0).query(database, "SELECT sum(i) FROM t")).isEqualTo("30");
    }
  }

  @Test
  void crashedAndRestartedServersKeepWhatWasCommitted(TestDatabase database) throws SQLException {
    PostgresCluster cluster = POSTGRES.cluster();
    database.execute("CREATE TABLE t (i int)", "INSERT INTO t VALUES (1)");
    int port = cluster.primary().port();
    cluster.primary().crash();
    assertThat(cluster.primary().isRunning()).isFalse();
    assertThatThrownBy(database::connect).isInstanceOf(SQLException.class);
    cluster.primary().start();
    cluster.standby(0).crash();
    database.execute("INSERT INTO t VALUES (2)");
    cluster.standby(0).start();
    cluster.primary().restart();
    assertThat(cluster.primary().port()).isEqualTo(port);
    cluster.awaitReplay();
    assertThat(cluster.standby(0).query(database.name(), "SELECT sum(i) FROM t")).isEqualTo("3");
  }

  @Test
  void pausedReplayShowsNothingNew(TestDatabase database) throws SQLException {
    PostgresStandby standby = POSTGRES.cluster().standby(0);
    database.execute("CREATE TABLE t (i int)");
    POSTGRES.cluster().awaitReplay();
    standby.pauseReplay();
    database.execute("INSERT INTO t VALUES (1)");
    assertThat(standby.query(database.name(), "SELECT count(*) FROM t")).isEqualTo("0");
    standby.resumeReplay();
    POSTGRES.cluster().awaitReplay();
    assertThat(standby.query(database.name(), "SELECT count(*) FROM t")).isEqualTo("1");
  }

  @Test
  void delayedReplayShowsCommitsLater(TestDatabase database) throws SQLException {
    PostgresStandby standby = POSTGRES.cluster().standby(0);
    database.execute("CREATE TABLE t (i int)");
    POSTGRES.cluster().awaitReplay();
    standby.delayReplay(Duration.ofHours(1));
    database.execute("INSERT INTO t VALUES (1)");
    assertThat(standby.query(database.name(), "SELECT count(*) FROM t")).isEqualTo("0");
    standby.delayReplay(Duration.ZERO);
    POSTGRES.cluster().awaitReplay();
    assertThat(standby.query(database.name(), "SELECT count(*) FROM t")).isEqualTo("1");
  }

  @Test
  void replayIsAwaitedWhileATransactionIsOpen(TestDatabase database) throws SQLException {
    database.execute("CREATE TABLE t (i int)");
    try (var connection = database.connect();
        var statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("INSERT INTO t SELECT generate_series(1, 100000)");
      POSTGRES.cluster().awaitReplay();
      connection.rollback();
    }
  }

  @Test
  void logTellsWhatARoleRan(TestDatabase database) throws SQLException {
    TestDatabase.Role role = database.createCaptureRole();
    try (var connection =
            DriverManager.getConnection(database.primaryUrl(), role.name(), role.password());
        var statement = connection.createStatement()) {
      statement.execute("SELECT 'one',\n 'two'");
    }
    database.execute("SELECT 'of another'");
    assertThat(POSTGRES.cluster().primary().log(role.name()))
        .anySatisfy(entry -> assertThat(entry).contains("SELECT 'one',\n'two'"))
        .noneSatisfy(entry -> assertThat(entry).contains("of another"));
  }

  @Test
  void databaseIsDroppedWithSlotsInUse() throws SQLException {
    PostgresServer primary = POSTGRES.cluster().primary();
    TestDatabase database = TestDatabase.create(POSTGRES.cluster());
    String slot = database.slot();
    database.execute("SELECT pg_create_logical_replication_slot('%s', 'pgoutput')".formatted(slot));
    try (Connection replication = replicate(database)) {
      var stream =
          replication
              .unwrap(PGConnection.class)
              .getReplicationAPI()
              .replicationStream()
              .logical()
              .withSlotName(slot)
              .withSlotOption("proto_version", 1)
              .withSlotOption("publication_names", "none")
              .start();
      assertThat(stream.isClosed()).isFalse();
      database.close();
    }
    assertThat(primary.query("postgres", "SELECT count(*) FROM pg_replication_slots"))
        .isEqualTo("0");
  }

  private static Connection replicate(TestDatabase database) throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", database.user());
    properties.setProperty("password", database.password());
    properties.setProperty("replication", "database");
    properties.setProperty("preferQueryMode", "simple");
    properties.setProperty("assumeMinServerVersion", "14");
    return DriverManager.getConnection(database.primaryUrl(), properties);
  }
}
