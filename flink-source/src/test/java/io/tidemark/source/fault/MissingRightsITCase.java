package io.tidemark.source.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.change.Op;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.connection.Password;
import io.tidemark.source.CaptureOptions;
import io.tidemark.source.run.CaptureRun;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.TestDatabase;
import java.time.Duration;
import org.apache.flink.configuration.MemorySize;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Tables that the capture's role may not read while it runs: their dumps wait for the grant, the
 * stream and the other tables do not.
 */
class MissingRightsITCase {
  @RegisterExtension
  static final PostgresExtension POSTGRES = PostgresExtension.builder().standbys(1).build();

  private TestDatabase database;
  private TestDatabase.Role role;

  @BeforeEach
  void table() throws Exception {
    database = POSTGRES.database();
    role = database.createCaptureRole();
    database.execute(
        "CREATE TABLE t (id int PRIMARY KEY, v text)",
        "INSERT INTO t SELECT i, repeat('v', 500) FROM generate_series(1, 2000) i",
        "CREATE PUBLICATION tidemark FOR ALL TABLES WITH (publish_via_partition_root = true)",
        "GRANT SELECT ON t TO " + role.name());
  }

  /** A failed job is not started again. */
  private CaptureRun.Settings capture() {
    return CaptureRun.of(database)
        .flink("restart-strategy.type", "none")
        .capture(
            builder ->
                builder
                    .user(role.name())
                    .password(Password.of(role.password()))
                    .createPublication(false)
                    .set(CaptureOptions.DISCOVERY_INTERVAL, Duration.ofMillis(500))
                    .set(CaptureOptions.DUMP_CHUNK_SIZE, MemorySize.parse("64kb"))
                    .replica(database.standbyUrl(0)));
  }

  private static long count(CaptureRun run, String table, Op op) {
    return run.changes().stream()
        .filter(
            change ->
                change instanceof RowChange row
                    && row.op() == op
                    && row.schema().name().name().equals(table))
        .count();
  }

  @Test
  void theDumpOfATableThatComesWaitsForItsGrant() throws Exception {
    try (CaptureRun run = capture().start()) {
      run.awaitEqual("t");
      database.execute(
          "CREATE TABLE closed (id int PRIMARY KEY, v text)",
          "INSERT INTO closed SELECT i, 'v' FROM generate_series(1, 100) i",
          "CREATE TABLE secured (id int PRIMARY KEY, v text)",
          "ALTER TABLE secured ENABLE ROW LEVEL SECURITY",
          "INSERT INTO secured SELECT i, 'v' FROM generate_series(1, 100) i",
          "GRANT SELECT ON secured TO " + role.name(),
          "CREATE TABLE granted (id int PRIMARY KEY, v text)",
          "GRANT SELECT ON granted TO " + role.name(),
          "INSERT INTO granted SELECT i, 'v' FROM generate_series(1, 100) i",
          "UPDATE closed SET v = 'w' WHERE id <= 10",
          "UPDATE secured SET v = 'w' WHERE id <= 10",
          "UPDATE t SET v = 'w' WHERE id <= 10");
      run.await("the dump of what may be read", () -> count(run, "granted", Op.READ) == 100);
      run.await("what the stream has", () -> count(run, "t", Op.UPDATE) == 10);
      run.await("what the stream has", () -> count(run, "closed", Op.UPDATE) == 10);
      run.await("what the stream has", () -> count(run, "secured", Op.UPDATE) == 10);
      run.await("the other dumps to wait", () -> run.metric("dumpsOpen") == 2);
      assertThat(count(run, "closed", Op.READ) + count(run, "secured", Op.READ)).isZero();
      database.execute(
          "GRANT SELECT ON closed TO " + role.name(),
          "ALTER TABLE secured DISABLE ROW LEVEL SECURITY");
      run.awaitEqual("closed");
      run.awaitEqual("secured");
      run.awaitEqual("granted");
    }
  }

  @Test
  void aRightThatIsRevokedInTheMiddleOfADumpIsWaitedFor() throws Exception {
    try (CaptureRun run = capture().slowReads(Duration.ofMillis(1)).start()) {
      run.await("the dump to begin", () -> count(run, "t", Op.READ) > 0);
      database.execute("REVOKE SELECT ON t FROM " + role.name());
      run.await(
          "the dump to be given up",
          () -> POSTGRES.cluster().standby(0).log(role.name()).stream().anyMatch(this::isDenied));
      database.execute(
          "UPDATE t SET v = 'new' WHERE id > 1990", "GRANT SELECT ON t TO " + role.name());
      run.awaitEqual("t");
    }
  }

  private boolean isDenied(String entry) {
    return entry.contains("permission denied for table t");
  }
}
