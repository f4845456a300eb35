package io.tidemark.cli.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.cli.gateway.Consuming.Protocol;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.TestDatabase;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.apache.flink.core.execution.JobClient;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A consumer that does not get on, in front of a server with little memory. */
@Tag("once")
class SlowConsumerITCase {
  private static final String SLOW = "slow";
  private static final String OTHER = "other";
  private static final int ROWS = 2_000;

  private static final int BULK_ROWS = 16_000;
  private static final int BULK_BYTES = 8_000;
  private static final int BULK_FIRST = 10_000_000;

  private static final long FULL_BYTES = 24 << 20;

  /** Beyond which the sink fails: as much as comes before the source has paused, and more. */
  private static final long MAX_BYTES = 4 * FULL_BYTES;

  @RegisterExtension
  static final PostgresExtension POSTGRES = PostgresExtension.builder().standbys(1).build();

  @TempDir Path directory;

  @Test
  void theSourcePausesAndNobodyElseIsHeldUp() throws Exception {
    TestDatabase database = POSTGRES.database();
    KeyWriter.makeTable(database, ROWS);
    CountDownLatch reading = new CountDownLatch(1);
    try (TestDatabase other = TestDatabase.create(POSTGRES.cluster());
        DeliveryRecord record = DeliveryRecord.open(directory.resolve("record"));
        DeliveryRecord otherRecord = DeliveryRecord.open(directory.resolve("other-record"));
        GatewayRun run = new GatewayRun(directory, "-Xmx96m")) {
      KeyWriter.makeTable(other, ROWS);
      run.startServer();
      JobClient job =
          run.submit(SLOW, database, Map.of("gateway.unacknowledged-size", FULL_BYTES + "b"));
      JobClient otherJob = run.submit(OTHER, other, Map.of());
      run.awaitJob(SLOW);
      run.awaitJob(OTHER);
      try (Consuming slow =
              Consuming.start(
                  Protocol.OURS,
                  run.target(),
                  SLOW,
                  "slow",
                  row -> {
                    await(reading);
                    record.append(row);
                  });
          Consuming quick =
              Consuming.start(Protocol.OURS, run.target(), OTHER, "quick", otherRecord::append);
          KeyWriter writer = KeyWriter.start(other, 67, ROWS)) {
        try {
          run.scheduleDump(SLOW, database, 4);
          writeBulk(database);
          run.await("the source to pause", () -> run.isPaused(job));

          // All goes on elsewhere, and the checkpoints here.
          run.scheduleDump(OTHER, other, 4);
          long checkpoints = run.checkpoints(job);
          long seen = otherRecord.rows().size();
          writer.awaitMore();
          run.await("the other consumer", () -> otherRecord.rows().size() > seen + 200);
          run.await("checkpoints", () -> run.checkpoints(job) > checkpoints + 3);
          assertThat(run.isPaused(job)).isTrue();
          assertThat(run.metric(job, "unacknowledgedBytes")).isBetween(FULL_BYTES / 2, MAX_BYTES);
          assertThat(run.serverLives()).isTrue();
        } finally {
          reading.countDown();
        }
        writer.stop();
        run.awaitEqual(job, SLOW, database, record);
        run.awaitEqual(otherJob, OTHER, other, otherRecord);
        assertThat(run.isPaused(job)).isFalse();
        slow.check();
        quick.check();
        assertThat(run.publications(SLOW)).isOne();
        assertThat(run.serverLives()).isTrue();
      }
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  /** More than what fits into the server or may be unacknowledged, in large transactions. */
  private static void writeBulk(TestDatabase database) throws Exception {
    for (int done = 0; done < BULK_ROWS; done += 1_000) {
      database.execute(
          "INSERT INTO t SELECT %d + i, i, repeat(md5(i::text), %d) FROM generate_series(1, 1000) i"
              .formatted(BULK_FIRST + done, BULK_BYTES / 32));
    }
  }
}
