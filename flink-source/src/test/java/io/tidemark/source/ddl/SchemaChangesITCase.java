package io.tidemark.source.ddl;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.Column;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.Ddl;
import io.tidemark.postgres.change.Op;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.change.SchemaChange;
import io.tidemark.postgres.change.SchemaChange.Source;
import io.tidemark.postgres.connection.Endpoint;
import io.tidemark.postgres.connection.Password;
import io.tidemark.postgres.ddl.DdlStatement;
import io.tidemark.postgres.setup.DdlOptions;
import io.tidemark.postgres.setup.DdlSetup;
import io.tidemark.postgres.setup.Slots;
import io.tidemark.postgres.setup.Walsender;
import io.tidemark.source.run.CaptureRun;
import io.tidemark.source.run.NumberedTables;
import io.tidemark.source.run.NumberedTables.Image;
import io.tidemark.source.run.StreamOrder;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.TestDatabase;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tables change while they are captured, with and without the extension. */
class SchemaChangesITCase {
  private static final TableName T = new TableName("public", "t");

  @RegisterExtension
  static final PostgresExtension POSTGRES = PostgresExtension.builder().standbys(1).build();

  private TestDatabase database;

  @BeforeEach
  void table() throws Exception {
    database = POSTGRES.database();
    database.execute(
        "CREATE TABLE t (id int PRIMARY KEY, a text, b text)",
        "INSERT INTO t SELECT i, 'a' || i, 'b' || i FROM generate_series(1, 100) i",
        "CREATE PUBLICATION tidemark FOR ALL TABLES WITH (publish_via_partition_root = true)");
  }

  private void install() throws Exception {
    try (Connection connection = database.connect()) {
      DdlSetup.install(
          connection, new DdlOptions(DdlOptions.Means.SCRIPT, Optional.empty(), Optional.empty()));
    }
  }

  private CaptureRun.Settings capture(int lanes) {
    return CaptureRun.of(database)
        .parallelism(lanes == 1 ? 1 : 2)
        .capture(builder -> builder.replica(database.standbyUrl(0)).lanes(lanes));
  }

  /** Waits until columns and rows of a table are at the consumer what they are at the source. */
  private void awaitEqual(CaptureRun run, TableName table) throws Exception {
    run.awaitCaughtUp();
    Image expected;
    try (Connection connection = database.connect()) {
      expected = NumberedTables.read(connection, table);
    }
    run.await(
        table + " to be " + expected,
        () -> expected.equals(NumberedTables.of(run.changes()).image(table)));
    run.awaitDumped();
    run.awaitCaughtUp();
    assertThat(NumberedTables.of(run.changes()).image(table)).isEqualTo(expected);
    StreamOrder.check(run.changes());
  }

  private static List<SchemaChange> changesOf(CaptureRun run, TableName table) {
    return run.changes().stream()
        .filter(change -> change instanceof SchemaChange schema && schema.table().equals(table))
        .map(change -> (SchemaChange) change)
        .toList();
  }

  private static Stream<Change> rowsOf(CaptureRun run, TableName table, Op op) {
    return run.changes().stream()
        .filter(
            change ->
                change instanceof RowChange row
                    && row.op() == op
                    && row.schema().name().equals(table));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void columnsKeepTheirIdentity(int lanes) throws Exception {
    install();
    try (CaptureRun run = capture(lanes).start()) {
      awaitEqual(run, T);
      database.execute(
          "ALTER TABLE t RENAME a TO aa",
          "UPDATE t SET aa = 'renamed' WHERE id % 3 = 0",
          "ALTER TABLE t DROP b",
          "ALTER TABLE t ADD b text DEFAULT 'another'",
          "UPDATE t SET b = 'set' WHERE id % 5 = 0",
          "BEGIN; ALTER TABLE t RENAME aa TO x; ALTER TABLE t RENAME b TO aa;"
              + " UPDATE t SET x = 'swapped' WHERE id = 7; ALTER TABLE t RENAME x TO b; COMMIT",
          "ALTER TABLE t ADD c varchar(20) DEFAULT 'c'",
          "ALTER TABLE t ALTER c TYPE varchar(30)");
      awaitEqual(run, T);
      List<SchemaChange> changes = changesOf(run, T);
      assertThat(changes).hasSize(lanes * 9);
      assertThat(changes.subList(lanes, changes.size()))
          .allMatch(change -> change.source() == Source.STRUCTURE);
      assertThat(run.changes()).filteredOn(Ddl.class::isInstance).hasSize(9);
      assertThat(rowsOf(run, T, Op.READ).count()).as("nothing is dumped again").isEqualTo(100);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void allTablesAreToldAtTheStartAlsoThoseWithoutRows(int lanes) throws Exception {
    database.execute("CREATE TABLE empty (id int PRIMARY KEY, gone text, v text)");
    database.execute("ALTER TABLE empty DROP gone");
    try (CaptureRun run = capture(lanes).start()) {
      awaitEqual(run, T);
      List<SchemaChange> told = changesOf(run, new TableName("public", "empty"));
      assertThat(told).hasSize(lanes).allMatch(SchemaChange::isNew);
      assertThat(told.get(0).after().columns()).extracting(Column::number).containsExactly(1, 3);
      assertThat(told.get(0).position()).isEqualTo(changesOf(run, T).get(0).position());
    }
  }

  @Test
  void aTableThatWasChangedSinceAFormerSlotWasMadeIsToldByItsFirstRow() throws Exception {
    install();
    try (Connection walsender =
        Walsender.connect(
            new Endpoint(
                database.primaryUrl(),
                database.user(),
                Password.of(database.password()),
                Map.of()))) {
      Slots.create(walsender, database.slot(), false);
    }
    database.execute("INSERT INTO t VALUES (1000, 'a', 'b')", "ALTER TABLE t RENAME a TO aa");
    try (CaptureRun run = capture(1).start()) {
      run.await("all rows to be read", () -> rowsOf(run, T, Op.READ).count() >= 101);
      run.awaitDumped();
      run.awaitCaughtUp();
      List<SchemaChange> told = changesOf(run, T);
      assertThat(told.get(0).after().columns().get(1).number()).as("not known any more").isZero();
      assertThat(rowsOf(run, T, Op.READ).map(row -> ((RowChange) row).schema()))
          .as("rows that were read since their columns have numbers")
          .filteredOn(TableSchema::isNumbered)
          .hasSizeGreaterThanOrEqualTo(101);
      assertThat(told.get(0).after().ordinal("a")).isEqualTo(1);
      assertThat(told.get(1).after().ordinal("aa")).isEqualTo(1);
      assertThat(told).hasSize(2);
    }
  }

  @Test
  void aKeyThatATableGotWhileTheCaptureWasAwayIsNotThatOfRowsBefore(@TempDir Path directory)
      throws Exception {
    install();
    database.execute(
        "CREATE TABLE later (id int, v text)",
        "ALTER TABLE later REPLICA IDENTITY FULL",
        "INSERT INTO later SELECT i, 'v' || i FROM generate_series(1, 50) i");
    TableName later = new TableName("public", "later");
    String savepoint;
    try (CaptureRun run = capture(1).start()) {
      awaitEqual(run, later);
      savepoint = run.stop(directory);
    }
    database.execute(
        "INSERT INTO later VALUES (NULL, 'no key')",
        "UPDATE later SET v = 'still none' WHERE id IS NULL",
        "DELETE FROM later WHERE id IS NULL",
        "ALTER TABLE later ALTER id SET NOT NULL",
        "ALTER TABLE later ADD PRIMARY KEY (id)",
        "UPDATE later SET v = 'by its key' WHERE id = 7");
    try (CaptureRun run = capture(1).flink("execution.state-recovery.path", savepoint).start()) {
      awaitEqual(run, later);
      assertThat(rowsOf(run, later, Op.DELETE).count()).isEqualTo(1);
      assertThat(changesOf(run, later)).last().matches(change -> change.after().hasKey());
    }
  }

  /** Event triggers are not captured themselves. */
  @Test
  void whatWasDoneWhileTriggersWereOffIsFoundInTheCatalog() throws Exception {
    install();
    String triggers =
        "DO $$ DECLARE t name; BEGIN FOR t IN SELECT evtname FROM pg_event_trigger LOOP"
            + " EXECUTE format('ALTER EVENT TRIGGER %%I %s', t); END LOOP; END $$";
    try (CaptureRun run = capture(1).start()) {
      awaitEqual(run, T);
      database.execute(
          triggers.formatted("DISABLE"),
          "ALTER TABLE t DROP b, ADD b text",
          triggers.formatted("ENABLE ALWAYS"),
          "UPDATE t SET b = 'another' WHERE id <= 50");
      awaitEqual(run, T);
      assertThat(changesOf(run, T)).last().matches(change -> change.source() == Source.RELATION);
      database.execute("ALTER TABLE t DROP b, ADD b text", "UPDATE t SET b = 'a third'");
      awaitEqual(run, T);
      assertThat(changesOf(run, T)).last().matches(change -> change.source() == Source.STRUCTURE);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aTableThatComesIsCompleteWithoutARestore(boolean extension) throws Exception {
    if (extension) {
      install();
    }
    database.execute("DROP PUBLICATION tidemark", "CREATE PUBLICATION tidemark FOR TABLE t");
    TableName before = new TableName("public", "before");
    TableName during = new TableName("public", "during");
    try (CaptureRun run = capture(1).start()) {
      awaitEqual(run, T);
      database.execute(
          "CREATE TABLE before (id int PRIMARY KEY, v text)",
          "INSERT INTO before SELECT i, 'v' || i FROM generate_series(1, 500) i",
          "ALTER PUBLICATION tidemark ADD TABLE before",
          "CREATE TABLE during (id int PRIMARY KEY, v text)",
          "INSERT INTO during SELECT i, 'v' || i FROM generate_series(1, 300) i",
          "ALTER PUBLICATION tidemark ADD TABLE during",
          "UPDATE during SET v = 'new' WHERE id % 2 = 0");
      awaitEqual(run, before);
      awaitEqual(run, during);
      assertThat(changesOf(run, before)).singleElement().matches(SchemaChange::isNew);
      assertThat(rowsOf(run, before, Op.READ).count()).isEqualTo(500);
    }
  }

  @Test
  void whatAnotherSessionHasChangedIsNotTakenBackByAStatementUnderAnOlderSnapshot()
      throws Exception {
    install();
    try (CaptureRun run = capture(1).start();
        Connection older = database.connect();
        Statement statement = older.createStatement()) {
      awaitEqual(run, T);
      statement.execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_class");
      database.execute("ALTER TABLE t ADD c text", "UPDATE t SET c = 'c' || id");
      statement.execute("ALTER TABLE t ADD d text; COMMIT");
      database.execute("UPDATE t SET d = 'd' WHERE id % 9 = 0");
      awaitEqual(run, T);
    }
  }

  @Test
  void aTableThatLeavesThePublicationIsToldAndDumpedAgainWhenItComesBack() throws Exception {
    install();
    database.execute("DROP PUBLICATION tidemark", "CREATE PUBLICATION tidemark FOR TABLE t");
    try (CaptureRun run = capture(1).start()) {
      awaitEqual(run, T);
      database.execute(
          "ALTER PUBLICATION tidemark DROP TABLE t",
          "UPDATE t SET a = 'unseen' WHERE id < 50",
          "DELETE FROM t WHERE id > 90",
          "ALTER PUBLICATION tidemark ADD TABLE t",
          "INSERT INTO t VALUES (1000, 'seen')");
      awaitEqual(run, T);
      assertThat(changesOf(run, T))
          .extracting(SchemaChange::isGone)
          .containsExactly(false, true, false);
      assertThat(changesOf(run, T).get(1).source()).isEqualTo(Source.STRUCTURE);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aTableThatIsDroppedAndMadeAnewIsAnotherOne(boolean extension) throws Exception {
    if (extension) {
      install();
    }
    try (CaptureRun run = capture(1).start()) {
      awaitEqual(run, T);
      database.execute("DROP TABLE t");
      if (!extension) {
        run.await("its end to be told", () -> NumberedTables.of(run.changes()).image(T) == null);
      }
      database.execute(
          "CREATE TABLE t (k int PRIMARY KEY, b text, c text)",
          "INSERT INTO t SELECT i, 'new' FROM generate_series(1, 10) i");
      awaitEqual(run, T);
      List<SchemaChange> changes = changesOf(run, T);
      assertThat(changes).extracting(SchemaChange::isGone).containsExactly(false, true, false);
      assertThat(changes.get(2).after().oid()).isNotEqualTo(changes.get(0).after().oid());
    }
  }

  @Test
  void aKeyGoesWithTheIndexThatItWasOf() throws Exception {
    install();
    database.execute(
        "CREATE TABLE k (id int PRIMARY KEY, l int NOT NULL)",
        "CREATE UNIQUE INDEX k_l ON k (l)",
        "ALTER TABLE k REPLICA IDENTITY USING INDEX k_l",
        "INSERT INTO k SELECT i, i FROM generate_series(1, 10) i");
    TableName k = new TableName("public", "k");
    try (CaptureRun run = capture(1).start()) {
      awaitEqual(run, k);
      assertThat(changesOf(run, k)).singleElement().matches(told -> told.after().hasKey());
      database.execute("DROP INDEX k_l", "INSERT INTO k VALUES (11, 1)");
      awaitEqual(run, k);
      List<SchemaChange> told = changesOf(run, k);
      assertThat(told).hasSize(2);
      assertThat(told.get(1).source()).isEqualTo(Source.STRUCTURE);
      assertThat(told.get(1).after().hasKey()).isFalse();
      assertThat(rowsOf(run, k, Op.INSERT))
          .singleElement()
          .matches(row -> !((RowChange) row).schema().hasKey());
    }
  }

  @Test
  void aTableWhoseSchemaGetsAnotherNameGoesOnUnderIt() throws Exception {
    install();
    database.execute(
        "CREATE SCHEMA former",
        "CREATE TABLE former.s (id int PRIMARY KEY, v text)",
        "INSERT INTO former.s SELECT i, 'v' FROM generate_series(1, 100) i");
    TableName later = new TableName("later", "s");
    try (CaptureRun run = capture(1).capture(c -> c.tables("*.s")).start()) {
      awaitEqual(run, new TableName("former", "s"));
      database.execute(
          "INSERT INTO former.s VALUES (1000, 'under the former name')",
          "ALTER SCHEMA former RENAME TO later",
          "INSERT INTO later.s VALUES (1001, 'under the later name')",
          "UPDATE later.s SET v = 'w' WHERE id < 10");
      awaitEqual(run, later);
      assertThat(changesOf(run, later)).singleElement().matches(SchemaChange::isRenamed);
      assertThat(rowsOf(run, later, Op.READ)).as("it is not dumped again").isEmpty();
    }
  }

  @Test
  void aPartitionThatIsAttachedWithRowsIsComplete() throws Exception {
    install();
    database.execute(
        "CREATE TABLE p (id int PRIMARY KEY, v text) PARTITION BY RANGE (id)",
        "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (100)",
        "INSERT INTO p SELECT i, 'v' || i FROM generate_series(1, 99) i",
        "CREATE TABLE q (id int PRIMARY KEY, v text)",
        "INSERT INTO q SELECT i, 'q' || i FROM generate_series(200, 250) i",
        "CREATE TABLE r (id int PRIMARY KEY, v text) PARTITION BY RANGE (id)",
        "CREATE TABLE s (id int PRIMARY KEY, v text)",
        "INSERT INTO s SELECT i, 's' || i FROM generate_series(1, 50) i");
    TableName p = new TableName("public", "p");
    TableName r = new TableName("public", "r");
    try (CaptureRun run = capture(1).capture(c -> c.tables("public.p", "public.r")).start()) {
      awaitEqual(run, p);
      database.execute("CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (100) TO (200)");
      awaitEqual(run, p);
      long reads = rowsOf(run, p, Op.READ).count();
      assertThat(reads).as("an empty partition has nothing to read").isEqualTo(99);
      database.execute(
          "ALTER TABLE p ATTACH PARTITION q FOR VALUES FROM (200) TO (300)",
          "UPDATE p SET v = 'w' WHERE id % 20 = 0",
          "ALTER TABLE r ATTACH PARTITION s FOR VALUES FROM (0) TO (100)");
      awaitEqual(run, p);
      awaitEqual(run, r);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void rowsThatGetOtherValuesUnseenAreDumpedAgain(int lanes) throws Exception {
    install();
    try (CaptureRun run = capture(lanes).start()) {
      awaitEqual(run, T);
      database.execute(
          "ALTER TABLE t ADD stamp text DEFAULT clock_timestamp()::text",
          "ALTER TABLE t ADD same text DEFAULT now()::text");
      awaitEqual(run, T);
      database.execute("ALTER TABLE t ALTER a TYPE int USING length(a)");
      awaitEqual(run, T);
      database.execute(
          "ALTER TABLE t DROP CONSTRAINT t_pkey",
          "ALTER TABLE t ADD COLUMN n int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY",
          "UPDATE t SET b = 'under another key' WHERE n < 10");
      awaitEqual(run, T);
    }
  }

  @Test
  void withoutTheExtensionNumbersAreThoseOfTheCatalog() throws Exception {
    try (CaptureRun run = capture(1).start()) {
      awaitEqual(run, T);
      database.execute(
          "ALTER TABLE t RENAME a TO aa", "UPDATE t SET aa = 'renamed' WHERE id % 3 = 0");
      awaitEqual(run, T);
      assertThat(changesOf(run, T)).hasSize(2);
      assertThat(changesOf(run, T).get(1).source()).isEqualTo(Source.RELATION);
      assertThat(changesOf(run, T).get(1).renamed()).hasSize(1);
    }
  }

  @Test
  void whatPgcapturesExtensionLogsIsDdl() throws Exception {
    database.execute(
        "CREATE SCHEMA pgcapture",
        "CREATE TABLE pgcapture.ddl_logs"
            + " (id serial PRIMARY KEY, query text, tags text[], activity jsonb)",
        "CREATE FUNCTION pgcapture.log_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN"
            + " INSERT INTO pgcapture.ddl_logs (query, tags) SELECT current_query(),"
            + " array_agg(command_tag) FROM pg_event_trigger_ddl_commands(); END $$",
        "CREATE EVENT TRIGGER pgcapture_ddl_command_end ON ddl_command_end"
            + " EXECUTE FUNCTION pgcapture.log_ddl()",
        "DROP PUBLICATION tidemark");
    try (CaptureRun run = capture(1).start()) {
      awaitEqual(run, T);
      database.execute(
          "ALTER TABLE t RENAME a TO aa", "UPDATE t SET aa = 'renamed' WHERE id % 3 = 0");
      awaitEqual(run, T);
      assertThat(run.changes())
          .filteredOn(Ddl.class::isInstance)
          .singleElement()
          .satisfies(
              change -> {
                DdlStatement statement = ((Ddl) change).statement();
                assertThat(statement.text()).contains("ALTER TABLE t RENAME a TO aa");
                assertThat(statement.tag()).isEqualTo("ALTER TABLE");
                assertThat(statement.tables()).isEmpty();
              });
      assertThat(rowsOf(run, new TableName("pgcapture", "ddl_logs"), Op.INSERT)).isEmpty();
      // Once there is our own extension, too, no statement is told twice.
      install();
      run.await(
          "its key to be known",
          () -> {
            database.execute("COMMENT ON TABLE t IS 'x'");
            return run.changes().stream()
                .anyMatch(
                    change -> change instanceof Ddl ddl && !ddl.statement().commands().isEmpty());
          });
      database.execute("ALTER TABLE t ADD d text");
      run.awaitCaughtUp();
      assertThat(run.changes())
          .filteredOn(
              change -> change instanceof Ddl ddl && ddl.statement().json().contains("ADD d"))
          .singleElement()
          .satisfies(change -> assertThat(((Ddl) change).statement().tables()).hasSize(1));
    }
  }
}
