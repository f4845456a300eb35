package io.tidemark.cli.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.cli.gateway.Consuming.Protocol;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.TestDatabase;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import org.apache.flink.core.execution.JobClient;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Consumers that share a URI, while rows move between their buckets. */
@Tag("once")
class CompetingConsumersITCase {
  private static final String URI = "shop";
  private static final int ROWS = 6_000;

  @RegisterExtension
  static final PostgresExtension POSTGRES = PostgresExtension.builder().standbys(1).build();

  @TempDir Path directory;

  @Test
  void eachKeyStaysInOrderWhileOneLeavesAndOneComes() throws Exception {
    TestDatabase database = POSTGRES.database();
    KeyWriter.makeTable(database, ROWS);
    Deque<Consuming> consumers = new ArrayDeque<>();
    try (DeliveryRecord record = DeliveryRecord.open(directory.resolve("record"));
        GatewayRun run = new GatewayRun(directory)) {
      run.startServer();
      JobClient job = run.submit(URI, database, Map.of());
      run.awaitJob(URI);
      for (int i = 1; i <= 4; i++) {
        consumers.add(consume(run, "c" + i, record));
      }
      run.await("four consumers", () -> run.metric(job, "consumers") == 4);
      try (KeyWriter writer = KeyWriter.start(database, 61, ROWS)) {
        run.scheduleDump(URI, database, 2);
        for (int i = 1; i <= 4; i++) {
          awaitSome(run, record, "c" + i);
        }
        // Within the dump and the stream.
        assertThat(GatewayRun.isPending(run.dumps(URI))).isTrue();
        consumers.remove().close();
        writer.awaitMore();
        consumers.add(consume(run, "c5", record));
        awaitSome(run, record, "c5");
        writer.awaitMore();
        writer.stop();
      }
      run.awaitEqual(job, URI, database, record);

      // What the one that left had not acknowledged of a key came again, with what was newer.
      assertThat(Judge.stepsBackOfAKey(record.rows())).isLessThanOrEqualTo(1);
      assertThat(record.rows()).anyMatch(row -> row.id() != row.oldId());
      consumers.forEach(Consuming::check);
    } finally {
      consumers.forEach(Consuming::close);
    }
  }

  private static Consuming consume(GatewayRun run, String name, DeliveryRecord record) {
    return Consuming.start(Protocol.PGCAPTURE, run.target(), URI, name, record::append);
  }

  private static void awaitSome(GatewayRun run, DeliveryRecord record, String name) {
    run.await("changes of the stream for " + name, () -> hasOfStream(record, name));
  }

  private static boolean hasOfStream(DeliveryRecord record, String name) throws Exception {
    return record.rows().stream().anyMatch(row -> row.consumer().equals(name) && !row.isRead());
  }
}
