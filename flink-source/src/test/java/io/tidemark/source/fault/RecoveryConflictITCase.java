package io.tidemark.source.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.source.CaptureOptions;
import io.tidemark.source.run.CaptureRun;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.PostgresStandby;
import io.tidemark.testkit.postgres.TestDatabase;
import io.tidemark.testkit.proxy.FaultProxy;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.configuration.MemorySize;
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
    try (FaultProxy proxy = FaultProxy.before(standby.port())) {
      CompletableFuture<Void> stalled = proxy.injectAfter(100_000, FaultProxy.Fault.STALL);
      try (CaptureRun run = capture(database, lanes, proxy).start()) {
        run.await("a COPY to stand still", stalled::isDone);
        int before = standby.log().length();
        database.execute("DELETE FROM t WHERE a % 3 = 0", "VACUUM t");
        run.await(
            "a conflict on the standby",
            () -> {
              String log = standby.log().substring(before);
              return log.contains(ENDED) || log.contains(WAITING);
            });
        proxy.resume();
        run.await("the query to be ended", () -> standby.log().substring(before).contains(ENDED));
        database.execute("UPDATE t SET n = n + 1 WHERE a % 3 = 1");
        run.awaitDumped();
        run.awaitEqual("t");
        assertThat(run.metric("dumpChunksRetried")).isPositive();
      }
    }
  }

  private static CaptureRun.Settings capture(TestDatabase database, int lanes, FaultProxy proxy) {
    return CaptureRun.of(database)
        .parallelism(lanes == 1 ? 1 : 2)
        .capture(
            c ->
                c.lanes(lanes)
                    .replica(proxy.url(database.standbyUrl(0)))
                    .set(CaptureOptions.DUMP_CHUNK_SIZE, MemorySize.ofMebiBytes(1))
                    .set(CaptureOptions.DUMP_CONNECTIONS, 1));
  }
}
