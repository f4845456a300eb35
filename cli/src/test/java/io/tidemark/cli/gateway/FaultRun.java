package io.tidemark.cli.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.cli.gateway.Consuming.Protocol;
import io.tidemark.testkit.flink.FlinkProcesses;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.TestDatabase;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.flink.core.execution.JobClient;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * A gateway's parts as processes, which a test kills with kill -9 while a dump on demand is read
 * and the stream goes on. Rows that nobody writes come by the dump alone, so that each loss shows.
 */
abstract class FaultRun {
  static final String URI = "shop";
  static final int ROWS = 12_000;
  private static final int PAGES_EACH = 2;

  @RegisterExtension
  static final PostgresExtension POSTGRES = PostgresExtension.builder().standbys(1).build();

  static FlinkProcesses flink;

  @TempDir Path directory;
  TestDatabase database;
  GatewayRun run;
  DeliveryRecord record;
  private long publicationsBefore;

  @BeforeAll
  static void startFlink() {
    flink = FlinkProcesses.builder().taskManagers(1).jvmOption("-XX:TieredStopAtLevel=1").start();
  }

  @AfterAll
  static void stopFlink() {
    flink.close();
  }

  @BeforeEach
  void start() throws Exception {
    database = POSTGRES.database();
    KeyWriter.makeTable(database, ROWS);
    record = DeliveryRecord.open(directory.resolve("record"));
    run = new GatewayRun(flink, directory);
    run.startServer();
    publicationsBefore = run.publications(URI);
  }

  @AfterEach
  void stop() throws Exception {
    run.close();
    record.close();
  }

  final JobClient submit() throws Exception {
    JobClient job = run.submit(URI, database, Map.of());
    run.awaitJob(URI);
    return job;
  }

  final Consuming consume(Protocol protocol, String name) {
    return Consuming.start(protocol, run.target(), URI, name, record::append);
  }

  final ConsumerProgram.Handle process(Protocol protocol, String name) throws Exception {
    return ConsumerProgram.start(protocol, run.target(), URI, name, record);
  }

  /** Asks for a dump, and waits until it is under way. */
  final void awaitDump() throws Exception {
    run.scheduleDump(URI, database, PAGES_EACH);
    run.await("the dump", () -> run.isDumping(URI) && record.reads() > 0);
    assertThat(record.reads()).isLessThan(ROWS * 9 / 10);
  }

  /**
   * Judges the order. What came before a restart may come again after it, in its order.
   *
   * @param consumerStarts how many consumers took the place of another
   */
  final void judge(Protocol protocol, int consumerStarts) throws Exception {
    List<RecordedRow> rows = record.rows();
    long restarts = run.publications(URI) - publicationsBefore - 1 + consumerStarts;
    System.out.printf(
        "%d rows, %d restarts, %d steps back, %d of a key%n",
        rows.size(), restarts, Judge.stepsBack(rows), Judge.stepsBackOfAKey(rows));
    assertThat(Judge.stepsBackOfAKey(rows))
        .as("steps back in %s", Judge.historyOfTheWorst(rows))
        .isLessThanOrEqualTo(restarts);
    if (protocol == Protocol.OURS) {
      assertThat(Judge.stepsBack(rows)).isLessThanOrEqualTo(restarts);
    }
  }
}
