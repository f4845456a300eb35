package io.tidemark.source.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.source.CaptureOptions;
import io.tidemark.source.PostgresCapture;
import io.tidemark.source.StartMode;
import io.tidemark.source.run.HashedRecord;
import io.tidemark.source.run.HashedRecord.Image;
import io.tidemark.source.run.ProcessRun;
import io.tidemark.testkit.flink.FlinkProcesses;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.TestDatabase;
import java.nio.file.Path;
import java.sql.Connection;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.core.execution.JobClient;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Tables, transactions and values far larger than what the TaskManager's heap could hold. */
@Tag("once")
class BoundedMemoryITCase {
  @RegisterExtension
  static final PostgresExtension POSTGRES = PostgresExtension.builder().standbys(1).build();

  @TempDir Path directory;

  @Test
  @Tag("soak")
  void aDumpOfTenMillionRowsFitsInto256Megabytes() throws Exception {
    int rows = 10_000_000;
    TestDatabase database = POSTGRES.database();
    database.execute(
        "CREATE TABLE t (id int PRIMARY KEY, v text, n int)",
        "INSERT INTO t SELECT i, md5(i::text), 0 FROM generate_series(1, " + rows + ") i");
    try (FlinkProcesses flink = start(256)) {
      ProcessRun run = new ProcessRun(flink, database, directory);
      JobClient job = run.submit(c -> small(c, database), new HashedRecord(run.record()));
      run.await("rows of the dump", () -> HashedRecord.size(run.record()) > 0);
      for (int i = 0; i < 100; i++) {
        database.execute(
            "UPDATE t SET n = n + 1 WHERE id % 100000 = " + i, "DELETE FROM t WHERE id = " + i);
      }
      awaitEqual(run, database, rows + 1);
      job.cancel().get();
    }
  }

  @Test
  void aTransactionOf200MegabytesFitsInto192() throws Exception {
    int rows = 400_000;
    TestDatabase database = POSTGRES.database();
    database.execute("CREATE TABLE t (id int PRIMARY KEY, v text, n int)");
    try (FlinkProcesses flink = start(192)) {
      ProcessRun run = new ProcessRun(flink, database, directory);
      JobClient job =
          run.submit(
              c -> small(c, database).startMode(StartMode.streamOnly()),
              new HashedRecord(run.record()));
      run.awaitStream();
      database.execute(
          "INSERT INTO t SELECT i, repeat(md5(i::text), 16), 0 FROM generate_series(1, "
              + rows
              + ") i");
      awaitEqual(run, database, rows + 1);
      assertThat(HashedRecord.size(run.record())).isEqualTo(rows);
      job.cancel().get();
    }
  }

  @Test
  void aValueOf40MegabytesFitsInto448() throws Exception {
    TestDatabase database = POSTGRES.database();
    database.execute(
        "CREATE TABLE t (id int PRIMARY KEY, v text, n int)",
        "ALTER TABLE t ALTER v SET STORAGE EXTERNAL",
        "INSERT INTO t SELECT i, CASE WHEN i = 50 THEN repeat('x', 40000000) ELSE 'x' END, 0"
            + " FROM generate_series(1, 100) i");
    try (FlinkProcesses flink = start(448)) {
      ProcessRun run = new ProcessRun(flink, database, directory);
      JobClient job =
          run.submit(c -> c.replica(database.standbyUrl(0)), new HashedRecord(run.record()));
      run.await("the dump", () -> HashedRecord.size(run.record()) == 100);
      database.execute(
          "UPDATE t SET n = 1 WHERE id = 50",
          "UPDATE t SET v = repeat('y', 40000000) WHERE id = 51",
          "INSERT INTO t VALUES (101, repeat('z', 40000000), 0)");
      awaitEqual(run, database, 102);
      job.cancel().get();
    }
  }

  private static void awaitEqual(ProcessRun run, TestDatabase database, int ids) throws Exception {
    Image expected;
    try (Connection connection = database.connect()) {
      expected = Image.of(connection, ids);
    }
    run.await(
        expected.size() + " rows to be equal",
        () ->
            HashedRecord.size(run.record()) >= expected.size()
                && Image.of(run.record(), ids).differences(expected) == 0);
  }

  private static PostgresCapture.Builder small(
      PostgresCapture.Builder capture, TestDatabase database) {
    return capture
        .replica(database.standbyUrl(0))
        .set(CaptureOptions.DUMP_CHUNK_SIZE, MemorySize.ofMebiBytes(2))
        .set(CaptureOptions.DUMP_QUEUE_SIZE, MemorySize.ofMebiBytes(4))
        .set(CaptureOptions.MAX_TOUCH_SIZE, MemorySize.ofMebiBytes(32));
  }

  /** One TaskManager with that heap, which ends when it is exhausted. */
  private static FlinkProcesses start(int heapMegabytes) {
    FlinkProcesses flink =
        FlinkProcesses.builder()
            .slotsPerTaskManager(2)
            .option("taskmanager.memory.process.size", 768 + heapMegabytes + "m")
            .option("taskmanager.memory.framework.heap.size", "64m")
            .option("taskmanager.memory.task.heap.size", heapMegabytes - 64 + "m")
            .start();
    assertThat(flink.taskManagerLog(0)).contains("-Xmx" + ((long) heapMegabytes << 20));
    return flink;
  }
}
