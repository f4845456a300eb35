package io.tidemark.source.fault;

import static org.assertj.core.api.Assertions.assertThat;

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
