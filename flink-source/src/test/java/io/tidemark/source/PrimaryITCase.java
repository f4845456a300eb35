package io.tidemark.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.change.Op;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.connection.Password;
import io.tidemark.source.run.CaptureRun;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.TestDatabase;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a capture costs its primary. */
class PrimaryITCase {
  @RegisterExtension
  static final PostgresExtension POSTGRES =
      PostgresExtension.builder().standbys(1).logStatements().dedicated().build();

  @Test
  void noStatementOfTheCapturesRoleNamesAUserTableOnThePrimary() throws Exception {
    TestDatabase database = POSTGRES.database();
    TestDatabase.Role role = database.createCaptureRole();
    database.execute(
        "CREATE TABLE secretive (id int PRIMARY KEY, big text)",
        "ALTER TABLE secretive REPLICA IDENTITY FULL",
        "INSERT INTO secretive SELECT i, repeat('x', 100) FROM generate_series(1, 5000) i",
        "CREATE PUBLICATION tidemark FOR TABLE secretive",
        "GRANT SELECT ON secretive TO " + role.name());
    try (CaptureRun run =
        CaptureRun.of(database)
            .capture(
                c ->
                    c.user(role.name())
                        .password(Password.of(role.password()))
                        .createPublication(false)
                        .replica(database.standbyUrl(0)))
            .start()) {
      run.await("the dump", () -> reads(run) == 5000);
      database.execute("UPDATE secretive SET big = 'y' WHERE id = 1");
      run.awaitEqual("secretive");
    }
    List<String> log = POSTGRES.cluster().primary().log(role.name());
    assertThat(log).as("the role's statements").isNotEmpty();
    assertThat(log).noneMatch(entry -> entry.contains("secretive"));
  }

  @Test
  void anIdleDatabaseHoldsNoWalAndItsCaptureOutlivesACrashThere() throws Exception {
    TestDatabase database = POSTGRES.database();
    database.execute("CREATE TABLE t (id int PRIMARY KEY)");
    try (TestDatabase busy = TestDatabase.create(POSTGRES.cluster());
        CaptureRun run =
            CaptureRun.of(database)
                .capture(c -> c.startMode(StartMode.streamOnly()))
                .flink("restart-strategy.fixed-delay.attempts", "1000")
                .start()) {
      run.awaitCaughtUp();
      busy.execute("CREATE TABLE w AS SELECT repeat('x', 500) FROM generate_series(1, 20000)");
      String written = busy.query("SELECT pg_current_wal_lsn()");
      run.await(
          "the slot to be confirmed up to " + written,
          () ->
              database.queryLong(
                      "SELECT count(*) FROM pg_replication_slots WHERE slot_name = '"
                          + database.slot()
                          + "' AND confirmed_flush_lsn >= '"
                          + written
                          + "'")
                  == 1);
      POSTGRES.cluster().primary().crash();
      POSTGRES.cluster().primary().start();
      database.execute("INSERT INTO t VALUES (1)");
      run.await(
          "the change after the crash",
          () -> run.changes().stream().anyMatch(change -> change instanceof RowChange));
    }
  }

  private static long reads(CaptureRun run) {
    return run.changes().stream()
        .filter(change -> change instanceof RowChange row && row.op() == Op.READ)
        .count();
  }
}
