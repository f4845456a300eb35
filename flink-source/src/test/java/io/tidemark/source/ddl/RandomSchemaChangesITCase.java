package io.tidemark.source.ddl;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.TableName;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.Ddl;
import io.tidemark.postgres.change.SchemaChange;
import io.tidemark.postgres.ddl.DdlStatement;
import io.tidemark.source.CaptureOptions;
import io.tidemark.source.PostgresCapture;
import io.tidemark.source.ddl.RandomStatements.Kind;
import io.tidemark.source.ddl.RandomStatements.Shape;
import io.tidemark.source.ddl.SchemaChanger.Budget;
import io.tidemark.source.run.FileRecord;
import io.tidemark.source.run.NumberedTables;
import io.tidemark.source.run.ProcessRun;
import io.tidemark.testkit.flink.FlinkProcesses;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.TestDatabase;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Tables change at random, under load, while the processes that capture them are killed with kill
 * -9: a consumer that keeps tables by the numbers of their columns has in the end what they hold.
 *
 * <p>{@code -Dtidemark.seed=N} chooses the statements, {@code -Dtidemark.changes=N} how many there
 * are; how sessions meet is another each time. All that was run is in {@code
 * target/random-schema-changes-*.sql}.
 */
@Tag("once")
class RandomSchemaChangesITCase {
  private static final Path SCRIPT =
      Path.of(System.getProperty("basedir", "."), "..", "pg-extension", "tidemark--1.0.sql");
  private static final int ROWS = 1_500;

  /** Of each shape, in each of three schemas. */
  private static final int TABLES = 9;

  private static final int PHASES = 5;

  /** From so many changes on there are all kinds of them, and more kills. */
  private static final int LONG = 1_000;

  @RegisterExtension
  static final PostgresExtension POSTGRES =
      PostgresExtension.builder()
          .standbys(1)
          .cluster(cluster -> cluster.standbySetting("max_standby_streaming_delay", "500ms"))
          .build();

  private static FlinkProcesses flink;

  @TempDir Path directory;
  private TestDatabase database;
  private JobClient job;
  private final Budget budget = new Budget();
  private final List<SessionThread> sessions = new ArrayList<>();

  @BeforeAll
  static void startFlink() {
    flink =
        FlinkProcesses.builder()
            .slotsPerTaskManager(2)
            .jvmOption("-XX:TieredStopAtLevel=1")
            .start();
  }

  @AfterAll
  static void stopFlink() {
    flink.close();
  }

  @BeforeEach
  void replaceDead() {
    flink.replaceDeadTaskManagers();
    flink.awaitTaskManagers(1);
  }

  @AfterEach
  void cancelJob() throws Exception {
    if (job != null) {
      job.cancel().get();
    }
  }

  @Test
  void columnsAndRowsAreThoseOfTheSource() throws Exception {
    capture(4, false, Integer.getInteger("tidemark.changes", 50), System.nanoTime());
  }

  @Tag("soak")
  @ParameterizedTest
  @CsvSource({"1, false", "4, false", "1, true", "4, true"})
  void columnsAndRowsAreThoseOfTheSourceForLong(int lanes, boolean allTables) throws Exception {
    capture(lanes, allTables, LONG, System.nanoTime());
  }

  private void capture(int lanes, boolean allTables, int changes, long defaultSeed)
      throws Exception {
    long seed = Long.getLong("tidemark.seed", defaultSeed);
    String of = "%d lanes, seed %d, %s".formatted(lanes, seed, allTables ? "all tables" : "some");
    System.out.println(of);
    long start = System.nanoTime();
    String publication = allTables ? null : "tidemark";
    AtomicInteger names = new AtomicInteger();
    AtomicInteger unique = new AtomicInteger();
    Path file = Path.of("target", "random-schema-changes-%d-%d.sql".formatted(lanes, seed));
    try (PrintWriter log = new PrintWriter(Files.newBufferedWriter(file))) {
      prepare(new Random(seed), publication, names, unique);
      for (int i = 1; i <= 2; i++) {
        Random random = new Random(seed + i);
        RandomRows rows = new RandomRows(random, unique);
        sessions.add(new RowWriter(database, seed - i, unique));
        sessions.add(
            new SchemaChanger(
                database,
                random,
                rows,
                new RandomStatements(random, rows, publication, names),
                budget,
                log));
      }
      List<Change> all = run(lanes, allTables, changes);
      log.flush();
      System.out.printf(
          "%s: %d changes %s, %d told, %d s%n",
          of,
          budget.committed(),
          budget.byKind(),
          all.stream().filter(SchemaChange.class::isInstance).count(),
          (System.nanoTime() - start) / 1_000_000_000);
      sessions.forEach(session -> System.out.println(session.failures()));
      assertThat(all)
          .filteredOn(Ddl.class::isInstance)
          .extracting(ddl -> ((Ddl) ddl).statement().event())
          .doesNotContain(DdlStatement.Event.GAP);
      if (changes >= LONG) {
        assertThat(budget.byKind().keySet()).hasSize(Kind.values().length - (allTables ? 1 : 0));
      }
    }
  }

  private void prepare(Random random, String publication, AtomicInteger names, AtomicInteger unique)
      throws Exception {
    database = POSTGRES.database();
    RandomRows rows = new RandomRows(random, unique);
    RandomStatements statements = new RandomStatements(random, rows, publication, names);
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("CREATE SCHEMA tidemark");
      statement.execute(Files.readString(SCRIPT));
      statement.execute(
          "CREATE PUBLICATION tidemark %s WITH (publish_via_partition_root = true)"
              .formatted(publication == null ? "FOR ALL TABLES" : ""));
      for (int schema = 0; schema < 3; schema++) {
        statement.execute("CREATE SCHEMA s0" + schema);
        for (Shape shape : Shape.values()) {
          TableName name = new TableName("s0" + schema, "t" + names.incrementAndGet());
          for (String each : statements.create(name, shape, true)) {
            statement.execute(each);
          }
          for (int i = 0; i < ROWS / TABLES; i += 10) {
            statement.execute(rows.insert(LiveTable.find(connection, name).orElseThrow(), 10));
          }
        }
      }
      connection.commit();
    }
  }

  private List<Change> run(int lanes, boolean allTables, int changes) throws Exception {
    ProcessRun run = new ProcessRun(flink, database, directory, "s*.t*");
    Path record = run.record();
    FileRecord recorder = new FileRecord(record, ROWS / 5);
    job = run.submit(capture -> settings(capture, lanes), recorder);
    try {
      // A fresh start is refused while a table that is named is not published. Columns have their
      // numbers for sure once the tables were told.
      run.await("run 1 to dump", () -> FileRecord.runsHeldUp(record) == 1);
      assertThat(NumberedTables.of(FileRecord.read(record)).names()).hasSize(TABLES);
      sessions.forEach(SessionThread::start);
      // What the first dumps have read so far is held up, and so is the stream.
      awaitChanges(run, changes, 1);
      killTaskManager(run);
      awaitChanges(run, changes, 2);
      run.await("run 2 to be held up", () -> FileRecord.runsHeldUp(record) == 2);
      flink.killJobManager();
      flink.startJobManager();
      // Its tasks go on until the TaskManagers miss it.
      run.awaitFreeSlot();
      FileRecord.release(record);
      long restores = FileRecord.restores(record);
      job = run.resume(capture -> settings(capture, lanes), recorder);
      run.await("a resume", () -> FileRecord.restores(record) > restores);
      if (changes >= LONG) {
        awaitChanges(run, changes, 3);
        run.await("a dump", run::isDumping);
        killTaskManager(run);
        awaitChanges(run, changes, 4);
        killTaskManager(run);
      }
      awaitChanges(run, changes, PHASES);
    } finally {
      sessions.forEach(SessionThread::stop);
    }
    List<TableName> published;
    try (Connection connection = database.connect()) {
      published = LiveTable.published(connection);
    }
    run.awaitNumbered(published, allTables);
    return FileRecord.read(record);
  }

  /** Waits for so many phases' changes; those of the next phase go on meanwhile. */
  private void awaitChanges(ProcessRun run, int changes, int phase) {
    budget.limit(changes * Math.min(phase + 1, PHASES) / PHASES);
    run.await(
        "phase %d of the changes".formatted(phase),
        () -> {
          sessions.forEach(SessionThread::check);
          return budget.committed() >= changes * phase / PHASES;
        });
  }

  private void killTaskManager(ProcessRun run) throws Exception {
    Path record = run.record();
    long restores = FileRecord.restores(record);
    flink.killEldestTaskManager();
    run.await("a restore", () -> FileRecord.restores(record) > restores);
  }

  private PostgresCapture.Builder settings(PostgresCapture.Builder capture, int lanes) {
    return capture
        .replica(database.standbyUrl(0))
        .lanes(lanes)
        .set(CaptureOptions.DUMP_CHUNK_SIZE, MemorySize.parse("64kb"));
  }
}
