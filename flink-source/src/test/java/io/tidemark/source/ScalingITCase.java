package io.tidemark.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.change.Op;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.source.run.CaptureRun;
import io.tidemark.source.run.RecordingSink;
import io.tidemark.source.run.Writer;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.TestDatabase;
import java.nio.file.Path;
import org.apache.flink.configuration.MemorySize;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Lanes, parallelism and replicas in numbers above one. */
@Tag("once")
class ScalingITCase {
  @RegisterExtension
  static final PostgresExtension POSTGRES =
      PostgresExtension.builder()
          .standbys(2)
          .cluster(cluster -> cluster.standbySetting("log_statement", "all"))
          .build();

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void anyNumberOfLanesEndsWithTheTable(int lanes) throws Exception {
    TestDatabase database = POSTGRES.database();
    makeTable(database, 20_000);
    try (Writer writer = Writer.start(database, 7);
        CaptureRun run = settings(database, lanes).parallelism(lanes == 1 ? 1 : 2).start()) {
      run.await("most of the dump", () -> reads(run) > 10_000);
      writer.stop();
      run.awaitEqual("t");
    }
  }

  @Test
  void twoStandbysShareOneTablesDump() throws Exception {
    TestDatabase database = POSTGRES.database();
    makeTable(database, 20_000);
    try (CaptureRun run = settings(database, 1).start()) {
      run.await("the dump", () -> reads(run) == 20_000);
      run.awaitEqual("t");
    }
    for (int i = 0; i < 2; i++) {
      assertThat(POSTGRES.cluster().standby(i).log())
          .as("standby " + i)
          .containsPattern("COPY \\(SELECT .*\"t\".*ctid >=");
    }
  }

  @Test
  void aSavepointGoesOnWithThreeSubtasksInsteadOfOne(@TempDir Path directory) throws Exception {
    TestDatabase database = POSTGRES.database();
    makeTable(database, 60_000);
    String record = database.name();
    String savepoint;
    try (Writer writer = Writer.start(database, 11)) {
      try (CaptureRun run = settings(database, 4).record(record).start()) {
        run.await("some of the dump", () -> reads(run) > 1_000);
        savepoint = run.stop(directory);
      }
      try (CaptureRun run =
          settings(database, 4)
              .record(record)
              .parallelism(3)
              .flink("execution.state-recovery.path", savepoint)
              .start()) {
        run.await("most of the dump", () -> reads(run) > 40_000);
        writer.stop();
        run.awaitEqual("t");
      }
    } finally {
      RecordingSink.forget(record);
    }
  }

  @Test
  void hundredsOfTablesAreDumpedWhileTheyAreWrittenTo() throws Exception {
    TestDatabase database = POSTGRES.database();
    int tables = 300;
    for (int i = 0; i < tables; i++) {
      database.execute(
          "CREATE TABLE t" + i + " (id int PRIMARY KEY, v text)",
          "INSERT INTO t" + i + " SELECT j, 'x' FROM generate_series(1, 10) j");
    }
    try (CaptureRun run = settings(database, 1).start()) {
      for (int i = 0; i < tables; i++) {
        database.execute(
            "UPDATE t" + i + " SET v = 'y' WHERE id = 1", "DELETE FROM t" + i + " WHERE id = 2");
      }
      run.await(
          "all tables to be dumped",
          () ->
              run.changes().stream()
                      .filter(change -> change instanceof RowChange row && row.op() == Op.READ)
                      .map(change -> ((RowChange) change).schema().name())
                      .distinct()
                      .count()
                  == tables);
      run.awaitEqual("t0");
      run.awaitEqual("t" + (tables - 1));
    }
  }

  private static void makeTable(TestDatabase database, int rows) throws Exception {
    database.execute(
        "CREATE TABLE t (a int, b text, big text, n int, PRIMARY KEY (a, b))",
        "ALTER TABLE t ALTER big SET STORAGE EXTERNAL",
        "INSERT INTO t SELECT i, 'k' || i % 7, repeat(md5(i::text), 70), 0"
            + " FROM generate_series(1, "
            + rows
            + ") i");
  }

  private static CaptureRun.Settings settings(TestDatabase database, int lanes) {
    return CaptureRun.of(database)
        .capture(
            c ->
                c.replica(database.standbyUrl(0))
                    .replica(database.standbyUrl(1))
                    .lanes(lanes)
                    .set(CaptureOptions.DUMP_CHUNK_SIZE, MemorySize.parse("1mb"))
                    .set(CaptureOptions.DUMP_CONNECTIONS, 2));
  }

  private static long reads(CaptureRun run) {
    return run.changes().stream()
        .filter(change -> change instanceof RowChange row && row.op() == Op.READ)
        .count();
  }
}
