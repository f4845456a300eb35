package io.tidemark.source.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.KeyTexts;
import io.tidemark.postgres.RowSelection;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.Op;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.source.CaptureOptions;
import io.tidemark.source.DumpRequest;
import io.tidemark.source.StartMode;
import io.tidemark.source.run.CaptureRun;
import io.tidemark.source.run.RequestedDumps;
import io.tidemark.source.run.Writer;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.TestDatabase;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.apache.flink.configuration.MemorySize;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Dumps on demand of rows by their keys, of a capture of the stream alone, on real servers. */
class RequestedKeysITCase {
  private static final TableName T = new TableName("public", "t");
  private static final TableName ROOT = new TableName("public", "root");

  @RegisterExtension
  static final PostgresExtension POSTGRES = PostgresExtension.builder().standbys(1).build();

  private final String record = UUID.randomUUID().toString();
  private final RequestedDumps requests = new RequestedDumps(record);
  private TestDatabase database;

  @BeforeEach
  void makeTables() throws SQLException {
    database = POSTGRES.database();
    HeldDump.makeTable(database);
    database.execute(
        "CREATE TABLE root (a int, r int, PRIMARY KEY (r, a)) PARTITION BY LIST (r)",
        "CREATE TABLE leaf_1 PARTITION OF root FOR VALUES IN (1)",
        "CREATE TABLE leaf_2 PARTITION OF root FOR VALUES IN (2)",
        "INSERT INTO root SELECT i, 1 + i % 2 FROM generate_series(1, 100) i",
        "CREATE TABLE loose (a int)",
        "ALTER TABLE loose REPLICA IDENTITY FULL");
  }

  private CaptureRun start() throws Exception {
    CaptureRun run =
        CaptureRun.of(database)
            .record(record)
            .capture(
                c ->
                    c.replica(database.standbyUrl(0))
                        .startMode(StartMode.streamOnly())
                        .dumpRequests(requests)
                        .set(CaptureOptions.DUMP_CHUNK_SIZE, MemorySize.parse("128kb")))
            .start();
    run.awaitCaughtUp();
    return run;
  }

  private void ask(long id, TableName table, List<List<String>> keys) {
    requests.ask(DumpRequest.ofKeys(id, table, new KeyTexts(keys)));
  }

  @Test
  void theRowsOfTheKeysComeAndNoOthers() throws Exception {
    try (CaptureRun run = start()) {
      ask(11, T, List.of(key(17), key(5_000), List.of("17", "none"), List.of("999999", "k1")));
      ask(12, ROOT, List.of(List.of("7", "2"), List.of("8", "1"), List.of("8", "2")));
      run.await("both to be read", () -> requests.read().keySet().containsAll(Set.of(11L, 12L)));
      run.awaitCaughtUp();
      List<RowChange> rows = rowsFor(run.changes(), 11);
      assertThat(rows).extracting(row -> row.getInt("a")).containsExactlyInAnyOrder(17, 5_000);
      for (RowChange row : rows) {
        assertThat(row.get("big")).isEqualTo(big(row.getInt("a")));
      }
      assertThat(rowsFor(run.changes(), 12))
          .extracting(row -> row.getInt("a") + " of " + row.getInt("r"))
          .containsExactlyInAnyOrder("7 of 2", "8 of 1");
      assertThat(run.metric("dumpRowsRepaired")).isZero();
    }
  }

  @Test
  void whatIsNoKeyFailsAloneAndIsNotQuoted() throws Exception {
    try (CaptureRun run = start()) {
      ask(11, T, List.of(key(17), List.of("secret", "k1")));
      ask(12, T, List.of(List.of("17")));
      ask(13, new TableName("public", "loose"), List.of(List.of("1")));
      ask(14, T, List.of(key(17)));
      requests.ask(DumpRequest.ofPages(15, T, 0, 0));
      run.await("the others", () -> requests.read().keySet().containsAll(Set.of(14L, 15L)));
      run.await("the refusals", () -> requests.failed().size() == 3);
      assertThat(requests.failed().get(11L))
          .isEqualTo(
              "a text is no value of column a of public.t, of type integer (SQLSTATE 22P02)");
      assertThat(requests.failed().get(12L))
          .isEqualTo("key 1 of 1 has 1 column, and the key of public.t has 2: a, b");
      assertThat(requests.failed().get(13L)).startsWith("public.loose has no key");
      assertThat(requests.sessions()).as("the job has not failed").hasSize(1);
      run.awaitCaughtUp();
      assertThat(rowsFor(run.changes(), 14)).extracting(row -> row.getInt("a")).containsExactly(17);
    }
  }

  @Test
  void rowsAreFoundWhereverTheyHaveMovedTo() throws Exception {
    try (CaptureRun run = start()) {
      List<Integer> wanted = IntStream.rangeClosed(1, 1_100).map(i -> 5 * i).boxed().toList();
      int before = run.changes().size();
      try (Writer writer = Writer.start(database, 7)) {
        ask(11, T, wanted.stream().map(RequestedKeysITCase::key).toList());
        database.execute("VACUUM FULL t");
        run.await("them to be read", () -> requests.read().containsKey(11L));
        writer.stop();
      }
      Set<Integer> missing = new HashSet<>(wanted);
      for (Change change : run.changes().subList(before, requests.read().get(11L))) {
        if (change instanceof RowChange row) {
          if (row.newTuple() != null) {
            missing.remove(row.getInt("a"));
          }
          if (row.oldTuple() != null) {
            missing.remove((Integer) row.getOld("a"));
          }
        }
      }
      assertThat(missing).as("rows that nobody told").isEmpty();
      requests.ask(DumpRequest.ofPages(12, T, 0, RowSelection.Pages.LAST_PAGE));
      run.await("the whole table to be read", () -> requests.read().containsKey(12L));
      run.awaitEqual("t");
    }
  }

  private static List<String> key(int a) {
    return List.of(Integer.toString(a), "k" + a % 7);
  }

  private String big(int a) throws SQLException {
    return database.query("SELECT big FROM t WHERE a = " + a);
  }

  private static List<RowChange> rowsFor(List<Change> changes, long request) {
    List<RowChange> rows = new ArrayList<>();
    for (Change change : changes) {
      if (change instanceof RowChange row && row.dumpRequest() == request) {
        assertThat(row.op()).isEqualTo(Op.READ);
        rows.add(row);
      }
    }
    return rows;
  }
}
