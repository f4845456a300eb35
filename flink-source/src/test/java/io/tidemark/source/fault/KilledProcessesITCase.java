package io.tidemark.source.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.dump.postgres.Password;
import io.tidemark.dump.postgres.TableName;
import io.tidemark.source.CaptureOptions;
import io.tidemark.source.PostgresCapture;
import io.tidemark.source.change.Change;
import io.tidemark.source.change.Op;
import io.tidemark.source.change.RowChange;
import io.tidemark.source.run.FileRecord;
import io.tidemark.source.run.TableImage;
import io.tidemark.source.run.Writer;
import io.tidemark.testkit.Await;
import io.tidemark.testkit.flink.FlinkProcesses;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.TestDatabase;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** TaskManagers as processes, killed while they dump. */
class KilledProcessesITCase {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final TableName TABLE = new TableName("public", "t");
  private static final int ROWS = 30_000;

  /** Two to begin with, of which the second outlives the first kill. */
  private static final int TASK_MANAGERS = 2;

  @RegisterExtension
  static final PostgresExtension POSTGRES = PostgresExtension.builder().standbys(2).build();

  @Test
  void eitherOfTwoTaskManagersMayDieWhileDumping(@TempDir Path directory) throws Exception {
    TestDatabase database = POSTGRES.database();
    database.execute(
        "CREATE TABLE t (a int, b text, big text, n int, PRIMARY KEY (a, b))",
        "ALTER TABLE t ALTER big SET STORAGE EXTERNAL",
        "INSERT INTO t SELECT i, 'k' || i % 7, repeat(md5(i::text), 70), 0"
            + " FROM generate_series(1, "
            + ROWS
            + ") i");
    Path record = directory.resolve("record");
    try (FlinkProcesses flink = FlinkProcesses.builder().taskManagers(TASK_MANAGERS).start()) {
      JobClient job = submit(flink, database, directory, record);
      try (Writer writer = Writer.start(database, 23, Duration.ofMillis(5))) {
        for (int kill = 0; kill < 2; kill++) {
          int run = kill + 1;
          await(flink, "run " + run + " to dump", () -> FileRecord.runsHeldUp(record) == run);
          assertThat(reads(record)).isLessThan(ROWS);
          flink.killEldestTaskManager();
          await(flink, "restore " + run, () -> FileRecord.restores(record) >= run);
        }
        await(flink, "run 3 to dump", () -> FileRecord.runsHeldUp(record) == 3);
        assertThat(reads(record)).isLessThan(ROWS);
        FileRecord.release(record);
        await(flink, "most of the dump", () -> reads(record) > ROWS * 9 / 10);
        writer.stop();
        Map<String, String> expected;
        try (Connection connection = database.connect()) {
          expected = TableImage.read(connection, TableImage.schema(FileRecord.read(record), TABLE));
        }
        await(flink, TABLE + " to be equal", () -> held(record).equals(expected));
      }
      job.cancel().get();
    }
  }

  private static JobClient submit(
      FlinkProcesses flink, TestDatabase database, Path directory, Path record) throws Exception {
    Configuration configuration = new Configuration();
    configuration.setString("execution.checkpointing.interval", "300ms");
    configuration.setString("execution.checkpointing.storage", "filesystem");
    configuration.setString("execution.checkpointing.dir", directory.toUri() + "checkpoints");
    configuration.setString("restart-strategy.type", "fixed-delay");
    configuration.setString("restart-strategy.fixed-delay.attempts", "100");
    configuration.setString("restart-strategy.fixed-delay.delay", "500ms");
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.createRemoteEnvironment(
            "127.0.0.1", flink.restPort(), configuration);
    env.setParallelism(2);
    PostgresCapture.builder()
        .url(database.primaryUrl())
        .user(database.user())
        .password(Password.of(database.password()))
        .replica(database.standbyUrl(0))
        .replica(database.standbyUrl(1))
        .slot(database.slot())
        .tables("public.t")
        .lanes(4)
        .set(CaptureOptions.DUMP_CHUNK_SIZE, MemorySize.parse("256kb"))
        .build()
        .from(env)
        .map(new FileRecord(record, ROWS / 5))
        .uid("record")
        .setParallelism(1)
        .sinkTo(new DiscardingSink<>())
        .setParallelism(1);
    return env.executeAsync("capture");
  }

  private static Map<String, String> held(Path record) throws Exception {
    return TableImage.fold(FileRecord.read(record), TABLE);
  }

  private static long reads(Path record) throws Exception {
    List<Change> changes = FileRecord.read(record);
    return changes.stream().filter(c -> c instanceof RowChange r && r.op() == Op.READ).count();
  }

  private static void await(FlinkProcesses flink, String what, Await.Condition condition) {
    Await.until(
        what,
        PATIENCE,
        () -> {
          flink.replaceDeadTaskManagers();
          return condition.holds();
        },
        () -> logs(flink));
  }

  private static String logs(FlinkProcesses flink) {
    StringBuilder logs = new StringBuilder("JobManager:\n").append(end(flink.jobManagerLog()));
    for (int i = 0; i < TASK_MANAGERS; i++) {
      logs.append("\nTaskManager ").append(i).append(":\n").append(end(flink.taskManagerLog(i)));
    }
    return logs.toString();
  }

  private static String end(String log) {
    return log.substring(Math.max(0, log.length() - 8_000));
  }
}
