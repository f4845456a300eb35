package io.tidemark.source.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.PostgresStandby;
import io.tidemark.testkit.postgres.TestDatabase;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A standby that ends queries which stand in the way of its replay. */
class RecoveryConflictITCase {
  @RegisterExtension
  static final PostgresExtension POSTGRES =
      PostgresExtension.builder()
          .standbys(1)
          .cluster(
              cluster ->
                  cluster
                      .standbySetting("max_standby_streaming_delay", "0")
                      .standbySetting("log_recovery_conflict_waits", "on")
                      .standbySetting("deadlock_timeout", "10ms")
                      .standbySetting("hot_standby_feedback", "off"))
          .build();

  private static final String ENDED = "due to conflict with recovery";

  /** Also logged while the server cannot end the query, as it waits for its client. */
  private static final String WAITING = "recovery conflict on snapshot";

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void aChunkWhoseQueryWasEndedIsReadAgain(int lanes) throws Exception {
    TestDatabase database = POSTGRES.database();
    PostgresStandby standby = POSTGRES.cluster().standby(0);
    HeldDump.makeTable(database);
    try (HeldDump dump =
        HeldDump.start(database, lanes, s -> s.capture(c -> c.replica(database.standbyUrl(0))))) {
      HeldDump.standbyBeingRead(POSTGRES.cluster(), database);
      int before = standby.log().length();
      database.execute("DELETE FROM t WHERE a % 3 = 0", "VACUUM t");
      dump.run()
          .await(
              "a conflict on the standby",
              () -> {
                String log = standby.log().substring(before);
                return log.contains(ENDED) || log.contains(WAITING);
              });
      dump.goOn();
      dump.run()
          .await("the query to be ended", () -> standby.log().substring(before).contains(ENDED));
      database.execute("UPDATE t SET n = n + 1 WHERE a % 3 = 1");
      dump.awaitEqual("t");
      assertThat(dump.run().metric("dumpChunksRetried")).isPositive();
    }
  }
}
