package io.tidemark.source.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.change.Begin;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.Commit;
import io.tidemark.postgres.change.Op;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.source.CaptureOptions;
import io.tidemark.source.StartMode;
import io.tidemark.source.run.CaptureRun;
import io.tidemark.source.run.FailOnce;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.TestDatabase;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.apache.flink.configuration.MemorySize;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a job does after it failed, on real servers. */
class RecoveryITCase {
  private static final Pattern RANGE = Pattern.compile("ctid >= '\\((\\d+),0\\)'");

  @RegisterExtension
  static final PostgresExtension POSTGRES =
      PostgresExtension.builder()
          .standbys(1)
          .cluster(cluster -> cluster.standbySetting("log_statement", "all"))
          .build();

  @Test
  void aJobKilledWhileDumpingReadsAgainOnlyWhatWasNotKnownToBeEvaluated() throws Exception {
    int rows = 200_000;
    TestDatabase database = POSTGRES.database();
    database.execute(
        "CREATE TABLE t (id int PRIMARY KEY, v text)",
        "INSERT INTO t SELECT i, repeat('x', 100) FROM generate_series(1, " + rows + ") i");
    String failure = database.name();
    try (CaptureRun run =
        CaptureRun.of(database)
            .capture(
                c ->
                    c.replica(database.standbyUrl(0))
                        .set(CaptureOptions.DUMP_CHUNK_SIZE, MemorySize.parse("256kb"))
                        .set(CaptureOptions.DUMP_CONNECTIONS, 1))
            .before(changes -> changes.map(new FailOnce(failure, rows / 2)))
            .start()) {
      run.await(
          "every row",
          () -> FailOnce.hasFailed(failure) && Set.copyOf(ids(run.changes())).size() == rows);
      run.awaitEqual("t");
      Set<Integer> restored = new HashSet<>(ids(run.restored()));
      assertThat(restored).isNotEmpty();
      List<Long> pages = pagesRead(database);
      Set<Long> once = new HashSet<>();
      List<Long> again = pages.stream().filter(page -> !once.add(page)).toList();
      int told = 0;
      for (long page : again) {
        long first = database.queryLong("SELECT min(id) FROM t WHERE ctid >= '(" + page + ",0)'");
        told += restored.contains((int) first) ? 1 : 0;
      }
      assertThat(told)
          .as("chunks that the checkpoint's lanes had emitted, and the reader had not heard of")
          .isLessThanOrEqualTo(CaptureOptions.DUMP_UNEVALUATED_CHUNKS.defaultValue());
      assertThat(again.size()).isLessThan(once.size());
    }
  }

  @Test
  void aJobKilledInsideALargeTransactionNeitherLosesNorRepeatsARow() throws Exception {
    int rows = 100_000;
    TestDatabase database = POSTGRES.database();
    database.execute("CREATE TABLE t (id int PRIMARY KEY)");
    String failure = database.name();
    try (CaptureRun run =
        CaptureRun.of(database)
            .capture(c -> c.startMode(StartMode.streamOnly()))
            .flink("execution.checkpointing.interval", "20ms")
            .before(changes -> changes.map(new FailOnce(failure, rows / 3)))
            .start()) {
      run.awaitCaughtUp();
      database.execute("INSERT INTO t SELECT generate_series(1, " + rows + ")");
      run.await("the failure", () -> FailOnce.hasFailed(failure));
      run.awaitCaughtUp();
      List<Change> changes = run.changes();
      assertThat(ids(changes)).isEqualTo(IntStream.rangeClosed(1, rows).boxed().toList());
      List<Change> restored = run.restored();
      assertThat(ids(restored)).as("a checkpoint cut it").isNotEmpty().hasSizeLessThan(rows);
      List<Change> bounds =
          changes.stream().filter(c -> c instanceof Begin || c instanceof Commit).toList();
      for (int i = 0; i < bounds.size(); i++) {
        assertThat(bounds.get(i)).isInstanceOf(i % 2 == 0 ? Begin.class : Commit.class);
      }
    }
  }

  private static List<Integer> ids(List<Change> changes) {
    List<Integer> ids = new ArrayList<>();
    for (Change change : changes) {
      if (change instanceof RowChange row && (row.op() == Op.READ || row.op() == Op.INSERT)) {
        ids.add(row.getInt("id"));
      }
    }
    return ids;
  }

  private static List<Long> pagesRead(TestDatabase database) {
    return database
        .log(POSTGRES.cluster().standby(0))
        .map(RANGE::matcher)
        .filter(Matcher::find)
        .map(range -> Long.parseLong(range.group(1)))
        .toList();
  }
}
