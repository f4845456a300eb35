package io.tidemark.source.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.RowSelection;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.DumpEnd;
import io.tidemark.postgres.change.Op;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.source.CaptureOptions;
import io.tidemark.source.DumpRequest;
import io.tidemark.source.DumpRequests.Held;
import io.tidemark.source.StartMode;
import io.tidemark.source.run.CaptureRun;
import io.tidemark.source.run.FailOnce;
import io.tidemark.source.run.RequestedDumps;
import io.tidemark.source.run.Writer;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.TestDatabase;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.apache.flink.configuration.MemorySize;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Dumps on demand and pauses, of a capture of the stream alone, on real servers. */
@Tag("once")
class RequestedDumpsITCase {
  private static final TableName T = new TableName("public", "t");

  @RegisterExtension
  static final PostgresExtension POSTGRES =
      PostgresExtension.builder()
          .standbys(1)
          .cluster(cluster -> cluster.setting("wal_sender_timeout", "2s"))
          .build();

  private final String record = UUID.randomUUID().toString();
  private final RequestedDumps requests = new RequestedDumps(record);
  private TestDatabase database;

  @BeforeEach
  void makeTable() throws SQLException {
    database = POSTGRES.database();
    HeldDump.makeTable(database);
  }

  private CaptureRun start(UnaryOperator<CaptureRun.Settings> more) throws Exception {
    CaptureRun.Settings settings =
        CaptureRun.of(database)
            .record(record)
            .capture(
                c ->
                    c.replica(database.standbyUrl(0))
                        .startMode(StartMode.streamOnly())
                        .dumpRequests(requests)
                        .set(CaptureOptions.DUMP_CHUNK_SIZE, MemorySize.parse("128kb")));
    CaptureRun run = more.apply(settings).start();
    run.awaitCaughtUp();
    return run;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void theRowsOfEachRangeComeWithItsRequestBeforeItsEnd(int lanes) throws Exception {
    try (CaptureRun run =
        start(settings -> settings.parallelism(lanes).capture(c -> c.lanes(lanes)))) {
      Set<Integer> low = rowsOn(5, 14);
      Set<Integer> high = rowsOn(30, 1_000_000);
      Set<Integer> others = rowsOn(0, 1_000_000);
      others.removeAll(low);
      others.removeAll(high);
      assertThat(others).isNotEmpty();
      int before = run.changes().size();
      try (Writer writer = Writer.start(database, 7)) {
        requests.ask(DumpRequest.ofPages(11, T, 5, 14));
        requests.ask(DumpRequest.ofPages(-12, T, 30, RowSelection.Pages.LAST_PAGE));
        run.await("both to be read", () -> requests.read().size() == 2);
        run.await(
            "their ends",
            () -> end(run.changes(), 11, lanes) > 0 && end(run.changes(), -12, lanes) > 0);
        writer.stop();
      }
      run.awaitCaughtUp();
      List<Change> changes = run.changes();
      assertTold(changes.subList(before, end(changes, 11, lanes)), 11, low);
      assertTold(changes.subList(before, end(changes, -12, lanes)), -12, high);
      assertThat(rowsFor(changes, 11)).isNotEmpty().isSubsetOf(touchedOr(changes, low));
      assertThat(rowsFor(changes, -12)).isNotEmpty().isSubsetOf(touchedOr(changes, high));
      assertThat(rowsFor(changes.subList(end(changes, 11, lanes), changes.size()), 11)).isEmpty();
      assertThat(run.metric("dumpRequests")).isZero();
      requests.ask(DumpRequest.ofPages(13, T, 0, RowSelection.Pages.LAST_PAGE));
      run.await("the whole table to be read", () -> requests.read().size() == 3);
      run.awaitEqual("t");
    }
  }

  @Test
  void aRequestUnderWayIsHeldWhenTheTasksFailAndOneThatWasReadWhenTheJobDoes() throws Exception {
    String failure = database.name();
    try (CaptureRun run =
        start(
            settings ->
                settings
                    .flink("execution.checkpointing.interval", "50ms")
                    .slowReads(Duration.ofNanos(200_000))
                    .before(changes -> changes.map(new FailOnce(failure, HeldDump.ROWS / 3))))) {
      requests.ask(DumpRequest.ofPages(11, T, 0, RowSelection.Pages.LAST_PAGE));
      requests.ask(DumpRequest.ofPages(12, new TableName("public", "other"), 0, 3));
      run.await("it to be read", () -> requests.read().containsKey(11L));
      assertThat(FailOnce.hasFailed(failure)).isTrue();
      assertThat(requests.sessions()).as("the enumerator lives on").hasSize(1);
      assertThat(requests.failed().get(12L)).contains("public.other");
      run.awaitEqual("t");
      assertThat(Set.copyOf(rowsFor(run.changes(), 11))).hasSize(HeldDump.ROWS);
      requests.fail(new IllegalStateException("another job has come"));
      run.await("the next session", () -> requests.sessions().size() == 2);
      assertThat(requests.sessions().get(1)).containsExactly(new Held(11, true));
    }
  }

  @Test
  void aRequestUnderWayIsHeldByASavepoint(@TempDir Path directory) throws Exception {
    String savepoint;
    try (CaptureRun run = start(settings -> settings.slowReads(Duration.ofMillis(1)))) {
      requests.ask(DumpRequest.ofPages(11, T, 0, RowSelection.Pages.LAST_PAGE));
      run.await("some rows", () -> run.reads() > 100);
      savepoint = run.stop(directory);
    }
    assertThat(requests.read()).isEmpty();
    try (CaptureRun run =
        start(settings -> settings.flink("execution.state-recovery.path", savepoint))) {
      run.await("it to be read", () -> requests.read().containsKey(11L));
      assertThat(requests.sessions()).containsExactly(List.of(), List.of(new Held(11, false)));
      run.awaitEqual("t");
      assertThat(Set.copyOf(rowsFor(run.changes(), 11))).hasSize(HeldDump.ROWS);
    }
  }

  @Test
  void aPauseStopsTheStreamWithoutLosingIt() throws Exception {
    try (CaptureRun run = start(UnaryOperator.identity())) {
      long walsender = walsender();
      try (Writer writer = Writer.start(database, 8)) {
        run.await("some changes", () -> run.changes().size() > 500);
        requests.pause(true);
        requests.ask(DumpRequest.ofPages(11, T, 0, RowSelection.Pages.LAST_PAGE));
        awaitStandstill(run);
        int paused = run.changes().size();
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(6);
        run.await("thrice wal_sender_timeout", () -> System.nanoTime() - until > 0);
        assertThat(run.changes()).hasSize(paused);
        assertThat(run.metric("paused")).isEqualTo(1);
        assertThat(walsender()).isEqualTo(walsender);
        requests.pause(false);
        run.await("the rest", () -> run.changes().size() > paused);
        writer.stop();
      }
      run.await("the dump", () -> requests.read().containsKey(11L));
      run.awaitEqual("t");
      assertThat(requests.sessions()).as("the job has not failed").hasSize(1);
      assertThat(walsender()).isEqualTo(walsender);
    }
  }

  /** No change has come for half a second. */
  private static void awaitStandstill(CaptureRun run) {
    long[] last = {-1, 0};
    run.await(
        "a standstill",
        () -> {
          long now = run.changes().size();
          if (now != last[0]) {
            last[0] = now;
            last[1] = System.nanoTime();
          }
          return System.nanoTime() - last[1] > TimeUnit.MILLISECONDS.toNanos(500);
        });
  }

  private long walsender() throws SQLException {
    return database.queryLong(
        "SELECT active_pid FROM pg_replication_slots WHERE slot_name = '" + database.slot() + "'");
  }

  /** Behind the end of the request in the last of the lanes; 0 if some lane has not come to it. */
  private static int end(List<Change> changes, long request, int lanes) {
    Set<Integer> ended = new HashSet<>();
    for (int i = 0; i < changes.size(); i++) {
      if (changes.get(i) instanceof DumpEnd end && end.request() == request) {
        assertThat(end.lanes()).isEqualTo(lanes);
        ended.add(end.lane());
        if (ended.size() == lanes) {
          return i + 1;
        }
      }
    }
    return 0;
  }

  /** Each row came for the request or was told by the stream. */
  private static void assertTold(List<Change> changes, long request, Set<Integer> rows) {
    Set<Integer> missing = new HashSet<>(rows);
    missing.removeAll(rowsFor(changes, request));
    missing.removeAll(touched(changes));
    assertThat(missing).as("rows of %d that nobody told", request).isEmpty();
  }

  private static Set<Integer> touchedOr(List<Change> changes, Set<Integer> rows) {
    Set<Integer> all = touched(changes);
    all.addAll(rows);
    return all;
  }

  private static Set<Integer> touched(List<Change> changes) {
    Set<Integer> keys = new HashSet<>();
    for (Change change : changes) {
      if (change instanceof RowChange row && row.op() != Op.READ) {
        if (row.newTuple() != null) {
          keys.add(row.getInt("a"));
        }
        if (row.oldTuple() != null) {
          keys.add((Integer) row.getOld("a"));
        }
      }
    }
    return keys;
  }

  private static List<Integer> rowsFor(List<Change> changes, long request) {
    List<Integer> keys = new ArrayList<>();
    for (Change change : changes) {
      if (change instanceof RowChange row && row.dumpRequest() == request) {
        assertThat(row.op()).isEqualTo(Op.READ);
        keys.add(row.getInt("a"));
      }
    }
    return keys;
  }

  private Set<Integer> rowsOn(long firstPage, long lastPage) throws SQLException {
    Set<Integer> keys = new HashSet<>();
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT a FROM t WHERE ctid >= '(%d,0)' AND ctid < '(%d,0)'"
                    .formatted(firstPage, lastPage + 1))) {
      while (rows.next()) {
        keys.add(rows.getInt(1));
      }
    }
    return keys;
  }
}
