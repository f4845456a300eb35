package io.tidemark.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.Op;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.source.run.CaptureRun;
import io.tidemark.source.run.Writer;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.TestDatabase;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
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

  @Test
  void streamAndDumpAgreeOnTheKeyWhateverTheIdentity() throws Exception {
    TestDatabase database = POSTGRES.database();
    boolean columnLists = database.queryLong("SHOW server_version_num") >= 150_000;
    database.execute(
        "CREATE TABLE late (id int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED, v text)",
        "ALTER TABLE late REPLICA IDENTITY FULL",
        "CREATE TABLE full_key (id int PRIMARY KEY, v text)",
        "ALTER TABLE full_key REPLICA IDENTITY FULL",
        "CREATE TABLE by_index (id int PRIMARY KEY, other int NOT NULL UNIQUE, v text)",
        "ALTER TABLE by_index REPLICA IDENTITY USING INDEX by_index_other_key",
        "CREATE TABLE partly (a int, b int, v text, PRIMARY KEY (a, b))",
        "CREATE TABLE plain (a int, v text, b int, PRIMARY KEY (b, a))",
        "INSERT INTO late VALUES (1, 'x')",
        "INSERT INTO full_key VALUES (1, 'x')",
        "INSERT INTO by_index VALUES (1, 1, 'x')",
        "INSERT INTO partly VALUES (1, 1, 'x')",
        "INSERT INTO plain VALUES (1, 'x', 1)",
        "CREATE PUBLICATION tidemark FOR TABLE late, full_key, by_index, partly%s, plain WITH (publish = 'insert')"
            .formatted(columnLists ? " (a, v)" : ""));
    try (CaptureRun run =
        CaptureRun.of(database)
            .capture(c -> c.replica(database.standbyUrl(0)).createPublication(false))
            .start()) {
      run.await("the dump", () -> keys(run, Op.READ).size() == 5);
      database.execute(
          "INSERT INTO late VALUES (2, 'y')",
          "INSERT INTO full_key VALUES (2, 'y')",
          "INSERT INTO by_index VALUES (2, 2, 'y')",
          "INSERT INTO partly VALUES (1, 2, 'y')",
          "INSERT INTO plain VALUES (2, 'y', 2)");
      run.await("the stream", () -> keys(run, Op.INSERT).size() == 5);
      assertThat(keys(run, Op.INSERT)).isEqualTo(keys(run, Op.READ));
      assertThat(keys(run, Op.READ))
          .containsEntry("late", List.of())
          .containsEntry("full_key", List.of("id"))
          .containsEntry("by_index", List.of("other"))
          .containsEntry("partly", columnLists ? List.of() : List.of("a", "b"))
          .containsEntry("plain", List.of("a", "b"));
    }
  }

  @Test
  void aTableWithoutColumnsIsOneToo() throws Exception {
    TestDatabase database = POSTGRES.database();
    database.execute(
        "CREATE TABLE z ()",
        "CREATE TABLE t (id int PRIMARY KEY)",
        "INSERT INTO z DEFAULT VALUES",
        "INSERT INTO z DEFAULT VALUES",
        "INSERT INTO t VALUES (1)",
        "CREATE PUBLICATION tidemark FOR ALL TABLES");
    try (CaptureRun run =
        CaptureRun.of(database)
            .capture(c -> c.replica(database.standbyUrl(0)).createPublication(false))
            .start()) {
      run.await("the dump", () -> keys(run, Op.READ).size() == 2);
      database.execute("INSERT INTO z DEFAULT VALUES", "INSERT INTO t VALUES (2)");
      run.await("the stream", () -> keys(run, Op.INSERT).size() == 2);
      assertThat(keys(run, Op.READ)).containsEntry("z", List.of());
      assertThat(run.changes())
          .filteredOn(change -> change instanceof RowChange row && row.op() == Op.READ)
          .hasSize(3);
    }
  }

  /** The names of the key's columns by table. */
  private static Map<String, List<String>> keys(CaptureRun run, Op op) {
    Map<String, List<String>> keys = new TreeMap<>();
    for (Change change : run.changes()) {
      if (change instanceof RowChange row && row.op() == op) {
        keys.put(row.schema().name().name(), row.schema().keyNames());
      }
    }
    return keys;
  }
}
