package io.tidemark.cli.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.cli.gateway.Consuming.Protocol;
import io.tidemark.gateway.wire.DumpsStatus;
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
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The gateway's parts as processes, killed with kill -9 while a dump on demand is read and the
 * stream goes on. Rows that nobody writes come by the dump alone, so that each loss shows.
 */
@Tag("once")
class GatewayFaultsITCase {
  private static final String URI = "shop";
  private static final int ROWS = 12_000;
  private static final int PAGES_EACH = 2;

  @RegisterExtension
  static final PostgresExtension POSTGRES = PostgresExtension.builder().standbys(1).build();

  private static FlinkProcesses flink;

  @TempDir Path directory;
  private TestDatabase database;
  private GatewayRun run;
  private DeliveryRecord record;
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

  @ParameterizedTest
  @EnumSource(Protocol.class)
  void theServerMayDie(Protocol protocol) throws Exception {
    JobClient job = submit();
    try (Consuming consuming = consume(protocol, "c");
        KeyWriter writer = KeyWriter.start(database, 41, ROWS)) {
      awaitDump();
      run.killServer();
      writer.awaitMore();
      run.startServer();
      // It is the process of the controller, too: what was pending is, and goes on.
      DumpsStatus status = run.dumps(URI);
      assertThat(GatewayRun.isPending(status)).isTrue();
      assertThat(status.getDone()).isPositive();
      run.await("the dump to go on", () -> run.dumps(URI).getDone() > status.getDone());
      writer.awaitMore();
      writer.stop();
      run.awaitEqual(job, URI, database, record);
      consuming.check();
    }
    judge(protocol, 0);
  }

  @ParameterizedTest
  @EnumSource(Protocol.class)
  void aConsumerMayDie(Protocol protocol) throws Exception {
    JobClient job = submit();
    try (KeyWriter writer = KeyWriter.start(database, 43, ROWS)) {
      try (ConsumerProgram.Handle first = process(protocol, "first")) {
        awaitDump();
        first.kill();
      }
      writer.awaitMore();
      try (ConsumerProgram.Handle second = process(protocol, "second")) {
        run.await("the next one to get something", () -> record.count("second") > 0);
        writer.awaitMore();
        second.kill();
      }
      try (ConsumerProgram.Handle third = process(protocol, "third")) {
        writer.stop();
        run.awaitEqual(job, URI, database, record);
        assertThat(third.isAlive()).isTrue();
      }
    }
    judge(protocol, 2);
  }

  @ParameterizedTest
  @EnumSource(Protocol.class)
  void aTaskManagerMayDie(Protocol protocol) throws Exception {
    JobClient job = submit();
    try (Consuming consuming = consume(protocol, "c");
        KeyWriter writer = KeyWriter.start(database, 47, ROWS)) {
      awaitDump();
      long before = run.publications(URI);
      flink.killEldestTaskManager();
      run.await("the sink to come back", () -> run.publications(URI) > before);
      writer.awaitMore();
      writer.stop();
      run.awaitEqual(job, URI, database, record);
      consuming.check();
    }
    judge(protocol, 0);
  }

  @Test
  void theWholeJobMayDieAndGoesOnFromItsCheckpoint() throws Exception {
    submit();
    try (Consuming consuming = consume(Protocol.OURS, "c");
        KeyWriter writer = KeyWriter.start(database, 53, ROWS)) {
      awaitDump();
      flink.killJobManager();
      flink.killEldestTaskManager();
      run.forgetJobs();
      writer.awaitMore();
      flink.startJobManager();
      flink.replaceDeadTaskManagers();
      long before = run.publications(URI);
      JobClient job = run.resume(URI, database, Map.of());
      run.await("the sink to come back", () -> run.publications(URI) > before);
      writer.awaitMore();
      writer.stop();
      run.awaitEqual(job, URI, database, record);
      consuming.check();
    }
    judge(Protocol.OURS, 0);
  }

  private JobClient submit() throws Exception {
    JobClient job = run.submit(URI, database, Map.of());
    run.awaitJob(URI);
    return job;
  }

  private Consuming consume(Protocol protocol, String name) {
    return Consuming.start(protocol, run.target(), URI, name, record::append);
  }

  private ConsumerProgram.Handle process(Protocol protocol, String name) throws Exception {
    return ConsumerProgram.start(protocol, run.target(), URI, name, record);
  }

  /** Asks for a dump, and waits until it is under way. */
  private void awaitDump() throws Exception {
    run.scheduleDump(URI, database, PAGES_EACH);
    run.await("the dump", () -> run.isDumping(URI) && record.reads() > 0);
    assertThat(record.reads()).isLessThan(ROWS * 9 / 10);
  }

  /**
   * Judges the order. What came before a restart may come again after it, in its order.
   *
   * @param consumerStarts how many consumers took the place of another
   */
  private void judge(Protocol protocol, int consumerStarts) throws Exception {
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
