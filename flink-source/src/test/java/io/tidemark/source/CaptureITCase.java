package io.tidemark.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.source.change.Op;
import io.tidemark.source.change.RowChange;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.TestDatabase;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class CaptureITCase {
  @RegisterExtension
  static final PostgresExtension POSTGRES = PostgresExtension.builder().standbys(2).build();

  @Test
  void streamAloneCarriesWhatIsCommittedAfterItsStart() throws Exception {
    TestDatabase database = POSTGRES.database();
    database.execute(
        "CREATE TABLE t (id int PRIMARY KEY, v text)", "INSERT INTO t VALUES (1, 'before')");
    try (CaptureRun run =
        CaptureRun.of(database).capture(c -> c.startMode(StartMode.streamOnly())).start()) {
      run.awaitCaughtUp();
      database.execute("INSERT INTO t VALUES (2, 'after')");
      run.awaitCaughtUp();
      assertThat(run.changes().stream().filter(c -> c instanceof RowChange).count()).isEqualTo(1);
    }
  }

  @Test
  void dumpAndStreamTogetherEqualTheTable() throws Exception {
    TestDatabase database = POSTGRES.database();
    database.execute(
        "CREATE TABLE t (a int, b text, big text, n int, PRIMARY KEY (a, b))",
        "ALTER TABLE t ALTER big SET STORAGE EXTERNAL",
        "INSERT INTO t SELECT i, 'k' || i % 7, repeat(md5(i::text), 100), 0 FROM generate_series(1, 20000) i");
    try (Writer writer = Writer.start(database, 42);
        CaptureRun run =
            CaptureRun.of(database)
                .capture(c -> c.replica(database.standbyUrl(0)).replica(database.standbyUrl(1)))
                .start()) {
      run.await(
          "rows of the dump",
          () ->
              run.changes().stream()
                      .filter(c -> c instanceof RowChange row && row.op() == Op.READ)
                      .count()
                  > 15_000);
      writer.stop();
      run.awaitEqual("t");
    }
  }
}
