package io.tidemark.source.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.TableName;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.source.run.CaptureRun;
import io.tidemark.source.run.TableImage;
import io.tidemark.source.run.Writer;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.TestDatabase;
import java.sql.Connection;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is done to a table, beside writing rows, while it is dumped. */
class RewriteFaultsITCase {
  @RegisterExtension
  static final PostgresExtension POSTGRES =
      PostgresExtension.builder()
          .standbys(1)
          .cluster(cluster -> cluster.standbySetting("log_statement", "all"))
          .build();

  private static final TableName NAME = new TableName("public", "t");

  private TestDatabase database;

  @BeforeEach
  void makeTable() throws Exception {
    database = POSTGRES.database();
    HeldDump.makeTable(database);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          1 | VACUUM FULL t
          1 | CLUSTER t USING t_pkey
          1 | TRUNCATE t
          1 | BEGIN; TRUNCATE t; INSERT INTO t SELECT i, 'new', repeat('x', 3000), i FROM generate_series(1, 5000) i; COMMIT
          4 | BEGIN; TRUNCATE t; INSERT INTO t SELECT i, 'new', repeat('x', 3000), i FROM generate_series(1, 5000) i; COMMIT
          1 | ALTER TABLE t ALTER n TYPE bigint
          4 | ALTER TABLE t ALTER n TYPE bigint
          1 | ALTER TABLE t ADD v double precision DEFAULT random()
          """)
  void aRewrittenTableIsDumpedAnew(int lanes, String statement) throws Exception {
    changeWhileDumping(lanes, statement);
    assertThat(dumpsBegun()).isGreaterThan(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          1 | ALTER TABLE t ADD w text
          1 | ALTER TABLE t ADD w text DEFAULT 'constant'
          1 | ALTER TABLE t DROP more
          4 | ALTER TABLE t DROP more
          """)
  void aTableWithOtherColumnsIsDumpedAnew(int lanes, String statement) throws Exception {
    changeWhileDumping(lanes, statement);
    assertThat(dumpsBegun()).isGreaterThan(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          1 | ALTER TABLE t REPLICA IDENTITY FULL
          1 | CREATE UNIQUE INDEX other ON t (a, b); ALTER TABLE t REPLICA IDENTITY USING INDEX other
          1 | BEGIN; TRUNCATE t; INSERT INTO t VALUES (0, 'gone', 'x', 0); ROLLBACK
          """)
  void whatLeavesRowsAndColumnsAloneLosesNothing(int lanes, String statement) throws Exception {
    changeWhileDumping(lanes, statement);
  }

  private void changeWhileDumping(int lanes, String statement) throws Exception {
    try (Writer writer = Writer.start(database, 31);
        HeldDump dump =
            HeldDump.start(
                database, lanes, s -> s.capture(c -> c.replica(database.standbyUrl(0))))) {
      database.execute(statement);
      dump.goOn();
      dump.run().awaitCaughtUp();
      // With more than one lane repairs begin for as long as somebody writes.
      writer.stop();
      dump.awaitEqual("t");
    }
  }

  /** What was captured under the former key stays under it: a consumer has to begin anew, too. */
  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void aTableUnderAnotherKeyIsDumpedAnew(int lanes) throws Exception {
    database.execute(
        "ALTER TABLE t ADD other int",
        "UPDATE t SET other = a",
        "ALTER TABLE t ALTER other SET NOT NULL",
        "CREATE UNIQUE INDEX by_other ON t (other)");
    try (HeldDump dump =
        HeldDump.start(database, lanes, s -> s.capture(c -> c.replica(database.standbyUrl(0))))) {
      database.execute(
          "UPDATE t SET n = n + 1 WHERE a % 3 = 0",
          "ALTER TABLE t REPLICA IDENTITY USING INDEX by_other",
          "UPDATE t SET n = n + 1 WHERE a % 5 = 0");
      dump.goOn();
      dump.run().awaitDumped();
      awaitEqualUnder(List.of("other"), dump.run());
    }
  }

  /** A large value is still to be read, as its row went to another lane, when the key changes. */
  @ParameterizedTest
  @ValueSource(strings = {"other", "n, other"})
  void aRepairThatAnotherKeyComesInBetweenIsADumpOfAllRows(String key) throws Exception {
    database.execute(
        "ALTER TABLE t ADD other int",
        "UPDATE t SET other = a",
        "ALTER TABLE t ALTER other SET NOT NULL",
        "ALTER TABLE t ALTER n SET NOT NULL",
        "CREATE UNIQUE INDEX by_other ON t (" + key + ")");
    try (CaptureRun run =
        CaptureRun.of(database)
            .flink("restart-strategy.fixed-delay.attempts", "0")
            .capture(c -> c.replica(database.standbyUrl(0)).lanes(4))
            .start()) {
      run.await("rows", () -> run.reads() > 0);
      run.awaitDumped();
      database.execute(
          "BEGIN;"
              + " UPDATE t SET a = -a WHERE a % 10 = 0;"
              + " ALTER TABLE t REPLICA IDENTITY USING INDEX by_other;"
              + " COMMIT");
      awaitEqualUnder(List.of(key.split(", ")), run);
    }
  }

  private void awaitEqualUnder(List<String> key, CaptureRun run) throws Exception {
    run.awaitCaughtUp();
    run.await("all rows under " + key, () -> under(key, run).equals(table(key, run)));
  }

  private static Map<String, String> under(List<String> key, CaptureRun run) {
    return TableImage.fold(changesUnder(key, run), NAME);
  }

  private Map<String, String> table(List<String> key, CaptureRun run) throws Exception {
    List<Change> changes = changesUnder(key, run);
    if (changes.isEmpty()) {
      return Map.of("no change", "under " + key);
    }
    try (Connection connection = database.connect()) {
      return TableImage.read(connection, TableImage.schema(changes, NAME));
    }
  }

  private static List<Change> changesUnder(List<String> key, CaptureRun run) {
    return run.changes().stream()
        .filter(c -> c instanceof RowChange row && row.schema().keyNames().equals(key))
        .toList();
  }

  /** How often the first pages were read. */
  private long dumpsBegun() {
    return database
        .log(POSTGRES.cluster().standby(0))
        .filter(line -> line.contains("ctid >= '(0,0)'"))
        .count();
  }
}
