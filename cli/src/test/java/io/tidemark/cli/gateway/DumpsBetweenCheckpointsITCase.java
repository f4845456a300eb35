package io.tidemark.cli.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.cli.gateway.Consuming.Protocol;
import io.tidemark.gateway.wire.DumpsStatus;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.TestDatabase;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.flink.core.execution.JobClient;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A dump on demand is done when its rows are acknowledged, whenever the next checkpoint is. */
@Tag("once")
class DumpsBetweenCheckpointsITCase {
  private static final String URI = "shop";
  private static final int ROWS = 40;
  private static final Duration CHECKPOINT_INTERVAL = Duration.ofSeconds(60);

  /** How often a dump is asked for: a checkpoint can come in between, but not each time. */
  private static final int DUMPS = 5;

  @RegisterExtension
  static final PostgresExtension POSTGRES = PostgresExtension.builder().standbys(1).build();

  @TempDir Path directory;

  @Test
  void aDumpOfOnePageIsDoneWithoutACheckpoint() throws Exception {
    TestDatabase database = POSTGRES.database();
    KeyWriter.makeTable(database, ROWS);
    try (DeliveryRecord record = DeliveryRecord.open(directory.resolve("record"));
        GatewayRun run = new GatewayRun(directory)) {
      run.startServer();
      JobClient job = run.submit(URI, database, Map.of(), CHECKPOINT_INTERVAL);
      run.awaitJob(URI);
      try (Consuming consuming =
          Consuming.start(Protocol.OURS, run.target(), URI, "c", record::append)) {
        int without = 0;
        for (int i = 0; i < DUMPS; i++) {
          int rows = record.rows().size();
          long checkpoints = run.checkpoints(job);
          assertThat(checkpoints).isNotNegative();
          long start = System.nanoTime();
          run.scheduleDump(URI, 0, 0);
          run.await("the dump to be done", () -> isDone(run.dumps(URI)));
          long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
          long completed = run.checkpoints(job) - checkpoints;
          System.out.printf(
              "a dump of one page took %d ms, with %d checkpoints%n", millis, completed);
          without += completed == 0 ? 1 : 0;
          assertThat(record.rows().size()).as("rows of the page").isGreaterThan(rows);
        }
        assertThat(without).as("dumps without a checkpoint").isGreaterThanOrEqualTo(DUMPS - 1);
        consuming.check();
      }
    }
  }

  private static boolean isDone(DumpsStatus status) {
    assertThat(status.getLastProblem()).isEmpty();
    return status.getDone() == 1 && !GatewayRun.isPending(status);
  }
}
