package io.tidemark.source.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.TableName;
import io.tidemark.source.CaptureOptions;
import io.tidemark.source.PostgresCapture;
import io.tidemark.source.run.FileRecord;
import io.tidemark.source.run.ProcessRun;
import io.tidemark.source.run.Writer;
import io.tidemark.testkit.flink.FlinkProcesses;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.TestDatabase;
import java.nio.file.Path;
import java.time.Duration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.core.execution.JobClient;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Flink's processes, killed with kill -9. */
@Tag("once")
class KilledProcessesITCase {
  private static final TableName TABLE = new TableName("public", "t");
  private static final int ROWS = 15_000;

  /** Of two TaskManagers the second outlives the first kill. */
  private static final int TASK_MANAGERS = 2;

  @RegisterExtension
  static final PostgresExtension POSTGRES = PostgresExtension.builder().standbys(2).build();

  private static FlinkProcesses flink;

  @TempDir Path directory;
  private TestDatabase database;
  private JobClient job;

  @BeforeAll
  static void startFlink() {
    // Processes that live for seconds would spend most of them on optimizing their code.
    flink =
        FlinkProcesses.builder()
            .taskManagers(TASK_MANAGERS)
            .jvmOption("-XX:TieredStopAtLevel=1")
            .start();
  }

  @AfterAll
  static void stopFlink() {
    flink.close();
  }

  /** All are there again after what the last test did to them. */
  @BeforeEach
  void replaceDead() {
    flink.replaceDeadTaskManagers();
    flink.awaitTaskManagers(TASK_MANAGERS);
  }

  @BeforeEach
  void makeTable() throws Exception {
    database = POSTGRES.database();
    database.execute(
        "CREATE TABLE t (a int, b text, big text, n int, PRIMARY KEY (a, b))",
        "ALTER TABLE t ALTER big SET STORAGE EXTERNAL",
        "INSERT INTO t SELECT i, 'k' || i %% 7, repeat(md5(i::text), 70), 0 FROM generate_series(1, %d) i"
            .formatted(ROWS));
  }

  @AfterEach
  void cancelJob() throws Exception {
    if (job != null) {
      job.cancel().get();
    }
  }

  @Test
  void eitherOfTwoTaskManagersMayDieWhileDumping() throws Exception {
    ProcessRun run = new ProcessRun(flink, database, directory);
    Path record = run.record();
    job = run.submit(this::settings, new FileRecord(record, ROWS / 5));
    try (Writer writer = Writer.start(database, 23, Duration.ofMillis(5))) {
      for (int kill = 0; kill < 2; kill++) {
        int attempt = kill + 1;
        run.await("run to dump", () -> FileRecord.runsHeldUp(record) == attempt);
        assertThat(run.reads()).isLessThan(ROWS);
        flink.killEldestTaskManager();
        run.await("restore " + attempt, () -> FileRecord.restores(record) >= attempt);
      }
      run.await("run 3 to dump", () -> FileRecord.runsHeldUp(record) == 3);
      assertThat(run.reads()).isLessThan(ROWS);
      FileRecord.release(record);
      run.await("most of the dump", () -> run.reads() > ROWS * 9 / 10);
      writer.stop();
    }
    run.awaitEqual(TABLE);
  }

  @Test
  void aTaskManagerMayDieWhileStreaming() throws Exception {
    ProcessRun run = new ProcessRun(flink, database, directory);
    Path record = run.record();
    job = run.submit(this::settings, new FileRecord(record, ROWS + 2_000));
    run.await("the dump", () -> run.reads() == ROWS);
    try (Writer writer = Writer.start(database, 29, Duration.ofMillis(2))) {
      run.await("the stream to be held up", () -> FileRecord.runsHeldUp(record) == 1);
      flink.killEldestTaskManager();
      run.await("a restore", () -> FileRecord.restores(record) >= 1);
      FileRecord.release(record);
      writer.stop();
    }
    run.awaitEqual(TABLE);
  }

  @Test
  void afterTheJobManagersDeathTheJobGoesOnFromItsRetainedCheckpoint() throws Exception {
    ProcessRun run = new ProcessRun(flink, database, directory);
    Path record = run.record();
    run.submit(this::settings, new FileRecord(record, ROWS / 5));
    try (Writer writer = Writer.start(database, 31, Duration.ofMillis(5))) {
      run.await("run 1 to dump", () -> FileRecord.runsHeldUp(record) == 1);
      assertThat(run.reads()).isLessThan(ROWS);
      flink.killJobManager();
      flink.startJobManager();
      // Its tasks go on until the TaskManagers miss it.
      run.awaitFreeSlot();
      job = run.resume(this::settings, new FileRecord(record, ROWS / 5));
      run.await("run 2 to dump", () -> FileRecord.runsHeldUp(record) == 2);
      assertThat(FileRecord.restores(record)).isPositive();
      assertThat(run.reads()).isLessThan(ROWS);
      FileRecord.release(record);
      run.await("most of the dump", () -> run.reads() > ROWS * 9 / 10);
      writer.stop();
      run.awaitEqual(TABLE);
    }
  }

  private PostgresCapture.Builder settings(PostgresCapture.Builder capture) {
    return capture
        .replica(database.standbyUrl(0))
        .replica(database.standbyUrl(1))
        .lanes(4)
        .set(CaptureOptions.DUMP_CHUNK_SIZE, MemorySize.parse("256kb"));
  }
}
