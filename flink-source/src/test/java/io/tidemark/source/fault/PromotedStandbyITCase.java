package io.tidemark.source.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.connection.Password;
import io.tidemark.source.run.CaptureRun;
import io.tidemark.source.run.Writer;
import io.tidemark.testkit.postgres.PostgresCluster;
import io.tidemark.testkit.postgres.PostgresStandby;
import io.tidemark.testkit.postgres.TestDatabase;
import org.junit.jupiter.api.Test;

/** Standbys that are promoted, one after the other, so on a cluster of its own. */
class PromotedStandbyITCase {
  @Test
  void aPromotedStandbyIsLeftForAnotherAndWithoutOneTheJobSaysWhy() throws Exception {
    // Without it replay, and the promotion with it, would wait 30 s for the COPY that is held up,
    // whose rows the primary removes, and then end it.
    try (PostgresCluster cluster =
            PostgresCluster.builder().standbys(2).hotStandbyFeedback().start();
        TestDatabase database = TestDatabase.create(cluster)) {
      HeldDump.makeTable(database);
      PostgresStandby promoted = leftForAnother(cluster, database);
      withoutAnother(cluster.standbys().indexOf(promoted) == 0 ? 1 : 0, cluster, database);
    }
  }

  /**
   * The control file of one that follows tells the former timeline until its next restartpoint, and
   * the timeline that it receives is hidden from roles with no more than they need.
   */
  @Test
  void aCaptureOfAPromotedServerReadsItsStandbyAtOnce() throws Exception {
    try (PostgresCluster cluster =
            PostgresCluster.builder().standbys(2).setting("checkpoint_timeout", "1h").start();
        TestDatabase database = TestDatabase.create(cluster)) {
      database.execute(
          "CREATE TABLE t (id int PRIMARY KEY, v text)", "INSERT INTO t VALUES (1, 'old')");
      TestDatabase.Role role = database.createCaptureRole();
      database.execute(
          "GRANT SELECT ON t TO " + role.name(), "CREATE PUBLICATION tidemark FOR TABLE t");
      cluster.awaitReplay();
      PostgresStandby promoted = cluster.standby(0);
      PostgresStandby follower = cluster.standby(1);
      cluster.primary().stop();
      promoted.promote();
      follower.follow(promoted);
      promoted.execute(database.name(), "INSERT INTO t VALUES (2, 'new')");
      try (CaptureRun run =
          CaptureRun.of(database)
              .flink("restart-strategy.type", "none")
              .capture(
                  c ->
                      c.url(database.standbyUrl(0))
                          .user(role.name())
                          .password(Password.of(role.password()))
                          .replica(database.standbyUrl(1)))
              .start()) {
        run.await("both rows", () -> run.reads() == 2);
      } finally {
        cluster.primary().start(); // where the database is dropped
      }
    }
  }

  private static PostgresStandby leftForAnother(PostgresCluster cluster, TestDatabase database)
      throws Exception {
    try (Writer writer = Writer.start(database, 51);
        HeldDump dump =
            HeldDump.start(
                database,
                1,
                s ->
                    s.capture(
                        c -> c.replica(database.standbyUrl(0)).replica(database.standbyUrl(1))))) {
      PostgresStandby promoted = HeldDump.standbyBeingRead(cluster, database);
      promoted.promote();
      // What only the promoted one has is of another history.
      promoted.execute(database.name(), "UPDATE t SET n = -1");
      dump.goOn();
      dump.run().awaitDumped();
      writer.stop();
      dump.awaitEqual("t");
      return promoted;
    }
  }

  private static void withoutAnother(int index, PostgresCluster cluster, TestDatabase database)
      throws Exception {
    try (HeldDump dump =
        HeldDump.start(
            database,
            1,
            s ->
                s.flink("restart-strategy.type", "none")
                    .capture(c -> c.slot("alone").replica(database.standbyUrl(index))))) {
      cluster.standby(index).promote();
      dump.goOn();
      assertThat(dump.run().awaitFailure())
          .contains(database.standbyUrl(index).replace("jdbc:postgresql://", ""))
          .contains("is not a standby, or not any more");
    }
  }
}
