package io.tidemark.source.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.Lsn;
import io.tidemark.source.CaptureOptions;
import io.tidemark.source.run.CaptureRun;
import io.tidemark.source.run.CheckpointFault;
import io.tidemark.source.run.CheckpointFault.Kind;
import io.tidemark.source.run.RecordingSink;
import io.tidemark.source.run.Writer;
import io.tidemark.testkit.flink.CompletedCheckpoints;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.TestDatabase;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.apache.flink.configuration.MemorySize;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Checkpoints fail, time out, or are not the newest. */
@Tag("once")
class CheckpointFaultsITCase {
  private static final int FAILURES = 5;

  @RegisterExtension
  static final PostgresExtension POSTGRES = PostgresExtension.builder().standbys(1).build();

  private TestDatabase database;

  @BeforeEach
  void table() throws SQLException {
    database = POSTGRES.database();
    database.execute(
        "CREATE TABLE t (a int, b text, big text, n int, PRIMARY KEY (a, b))",
        "ALTER TABLE t ALTER big SET STORAGE EXTERNAL",
        "INSERT INTO t SELECT i, 'k' || i % 7, repeat(md5(i::text), 70), 0"
            + " FROM generate_series(1, 4000) i");
  }

  @ParameterizedTest
  @EnumSource(value = Kind.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void theSlotStaysAtTheLastCompletedCheckpointWhileOthersFail(Kind kind) throws Exception {
    CheckpointFault.Control control = CheckpointFault.control(database.name());
    try (Writer writer = Writer.start(database, 31, Duration.ofMillis(5));
        CaptureRun run =
            capture()
                .flink("execution.checkpointing.tolerable-failed-checkpoints", "1000")
                .flink("execution.checkpointing.timeout", "1s")
                .before(changes -> changes.map(new CheckpointFault(database.name())).uid("fault"))
                .start()) {
      run.await("some of the dump", () -> run.reads() > 100 && control.completed() > 0);
      control.set(kind);
      int before = control.failed();
      run.await("a checkpoint to fail", () -> control.failed() > before);
      // No checkpoint completes from here on, and none before it held more than this.
      Lsn limit = Lsn.parse(database.query("SELECT pg_current_wal_lsn()"));
      int first = control.failed();
      run.awaitCaughtUp();
      run.await(
          "more of them to fail",
          () -> {
            assertThat(CaptureRun.confirmedFlush(database)).isLessThanOrEqualTo(limit);
            return control.failed() >= first + FAILURES;
          });
      control.crash();
      run.await("the job to be restored", control::hasCrashed);
      run.awaitCaughtUp();
      assertThat(CaptureRun.confirmedFlush(database))
          .as("after going on there")
          .isLessThanOrEqualTo(limit);
      control.set(Kind.NONE);
      run.await(
          "the slot to go on", () -> CaptureRun.confirmedFlush(database).compareTo(limit) > 0);
      writer.stop();
      run.awaitEqual("t");
    }
  }

  @Test
  void theFiguresAreThoseOfTheEnumeratorThatRuns() throws Exception {
    CheckpointFault.Control control = CheckpointFault.control(database.name());
    control.set(Kind.STANDS_STILL);
    try (CaptureRun run =
        capture()
            .flink("execution.checkpointing.timeout", "2s")
            // Longer than the checkpoint's, so that the dump is not over when that times out.
            .slowReads(Duration.ofMillis(2))
            .before(changes -> changes.map(new CheckpointFault(database.name())).uid("fault"))
            .start()) {
      run.await("some of the dump", () -> run.reads() > 100);
      assertThat(run.metric("dumpsOpen")).isEqualTo(1);
      // The whole job begins anew, its enumerator with it.
      run.await("the job to restart", () -> run.metric("numRestarts") > 0);
      control.set(Kind.NONE);
      run.awaitEqual("t");
      assertThat(run.metric("dumpsOpen")).isZero();
    }
  }

  @Test
  void anOlderCheckpointThanTheNewestIsRefusedAndTheNewestGoesOn(@TempDir Path directory)
      throws Exception {
    String record = database.name();
    try (Writer writer = Writer.start(database, 37, Duration.ofMillis(5))) {
      Path old;
      try (CaptureRun run = retaining(directory, record).start()) {
        run.awaitCaughtUp();
        // One from before the slot was made would be begun from afresh.
        int early = CompletedCheckpoints.in(directory).size();
        run.await("a checkpoint", () -> CompletedCheckpoints.in(directory).size() > early + 1);
        old = CompletedCheckpoints.in(directory).get(early + 1);
        Lsn later = Lsn.parse(database.query("SELECT pg_current_wal_lsn()"));
        run.await(
            "the slot to go on", () -> CaptureRun.confirmedFlush(database).compareTo(later) > 0);
      }
      List<Path> kept = CompletedCheckpoints.in(directory);
      Lsn before = CaptureRun.confirmedFlush(database);
      try (CaptureRun run = from(old, directory, database.name() + "_old").start()) {
        assertThat(run.awaitFailure())
            .contains("slot '" + database.slot() + "' is ahead of the checkpoint")
            .contains("acknowledged up to " + before);
        assertThat(run.changes()).as("what came out").isEmpty();
      }
      assertThat(CaptureRun.confirmedFlush(database)).isEqualTo(before);
      try (CaptureRun run = from(kept.get(kept.size() - 1), directory, record).start()) {
        run.awaitCaughtUp();
        writer.stop();
        run.awaitEqual("t");
      }
    } finally {
      RecordingSink.forget(record);
      RecordingSink.forget(database.name() + "_old");
    }
  }

  private CaptureRun.Settings capture() {
    return CaptureRun.of(database)
        .capture(
            c ->
                c.replica(database.standbyUrl(0))
                    .set(CaptureOptions.DUMP_CHUNK_SIZE, MemorySize.parse("256kb")));
  }

  private CaptureRun.Settings retaining(Path directory, String record) {
    return capture()
        .record(record)
        .flink("execution.checkpointing.dir", directory.toUri().toString())
        .ownFlink()
        .flink("execution.checkpointing.num-retained", "100")
        .flink(
            "execution.checkpointing.externalized-checkpoint-retention", "RETAIN_ON_CANCELLATION");
  }

  private CaptureRun.Settings from(Path checkpoint, Path directory, String record) {
    return retaining(directory, record)
        .flink("restart-strategy.fixed-delay.attempts", "1")
        .flink("execution.state-recovery.path", checkpoint.toUri().toString());
  }
}
