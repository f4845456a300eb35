package io.tidemark.source.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.change.RowChange;
import io.tidemark.source.CaptureOptions;
import io.tidemark.source.StartMode;
import io.tidemark.source.run.CaptureRun;
import io.tidemark.source.run.Writer;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.TestDatabase;
import io.tidemark.testkit.proxy.FaultProxy;
import io.tidemark.testkit.proxy.FaultProxy.Direction;
import io.tidemark.testkit.proxy.FaultProxy.Fault;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.configuration.MemorySize;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The connections to the primary fail in every way while changes and a dump are under way. */
class StreamConnectionFaultsITCase {
  private static final long SEED = 5_301;

  @RegisterExtension
  static final PostgresExtension POSTGRES =
      PostgresExtension.builder()
          .standbys(1)
          .cluster(cluster -> cluster.primarySetting("wal_sender_timeout", "2s"))
          .build();

  private TestDatabase database;
  private FaultProxy proxy;

  @BeforeEach
  void tableBehindAProxy() throws SQLException {
    database = POSTGRES.database();
    database.execute(
        "CREATE TABLE t (a int, b text, big text, n int, PRIMARY KEY (a, b))",
        "ALTER TABLE t ALTER big SET STORAGE EXTERNAL",
        "INSERT INTO t SELECT i, 'k' || i % 7, repeat(md5(i::text), 70), 0"
            + " FROM generate_series(1, 4000) i");
    proxy = FaultProxy.before(POSTGRES.cluster().primary().port());
  }

  @AfterEach
  void closeProxy() {
    proxy.close();
  }

  @Test
  void connectionsThatAreCutAndTornAnywhereLoseNothing() throws Exception {
    System.out.println("the offsets' seed is " + SEED);
    Random random = new Random(SEED);
    try (Writer writer = Writer.start(database, SEED, Duration.ofMillis(5));
        CaptureRun run = capture().start()) {
      for (Fault fault : new Fault[] {Fault.FIN, Fault.RESET}) {
        run.awaitCaughtUp();
        proxy.inject(fault);
      }
      for (int i = 0; i < 4; i++) {
        run.awaitCaughtUp();
        // Beyond what the looks into the catalog come to: it is the stream that is torn.
        long offset = 20_000L + random.nextInt(60_000);
        Fault fault = i % 2 == 0 ? Fault.FIN : Fault.RESET;
        System.out.println("torn after " + offset + " more bytes: " + fault);
        CompletableFuture<Void> torn = proxy.injectAfter(offset, fault);
        run.await("the stream to be torn", torn::isDone);
      }
      run.awaitCaughtUp();
      writer.stop();
      run.awaitEqual("t");
      assertThat(run.reads()).as("rows of the dump").isPositive();
    }
  }

  @ParameterizedTest
  @EnumSource(Direction.class)
  void aConnectionThatIsSilentOneWayIsGivenUpByWhomeverMissesSomething(Direction direction)
      throws Exception {
    try (Writer writer = Writer.start(database, SEED, Duration.ofMillis(5));
        CaptureRun run = capture().start()) {
      run.awaitCaughtUp();
      long pid = pid();
      proxy.stall(direction);
      // The server ends what it hears nothing from; the capture what it gets nothing from.
      run.await("the stream's connection to be given up", () -> pid() != pid);
      proxy.resume();
      run.awaitCaughtUp();
      writer.stop();
      run.awaitEqual("t");
    }
  }

  @Test
  void aStreamThatStandsStillWithinAMessageIsGivenUp() throws Exception {
    try (CaptureRun run = capture().capture(c -> c.startMode(StartMode.streamOnly())).start()) {
      run.awaitCaughtUp();
      CompletableFuture<Void> stalled = proxy.injectAfter(15_000, Fault.STALL);
      database.execute("UPDATE t SET big = repeat('x', 10000) WHERE a < 10");
      run.await("the stream to stand still", stalled::isDone);
      run.awaitCaughtUp();
      assertThat(run.changes().stream().filter(change -> change instanceof RowChange)).hasSize(9);
    }
  }

  @Test
  void aPrimaryThatLetsNobodyInIsAskedAgainUntilItDoes() throws Exception {
    try (Writer writer = Writer.start(database, SEED, Duration.ofMillis(5));
        CaptureRun run = capture().start()) {
      run.awaitCaughtUp();
      proxy.refuse();
      proxy.inject(Fault.RESET);
      run.await("several attempts", () -> proxy.refused() > 3);
      proxy.accept();
      run.awaitCaughtUp();
      writer.stop();
      run.awaitEqual("t");
    }
  }

  @Test
  void aStreamThatIsLostBeforeAnyCheckpointBeginsAgainWhereItBegan() throws Exception {
    database.execute("TRUNCATE t");
    try (CaptureRun run =
        capture()
            .flink("execution.checkpointing.interval", "10min")
            .capture(c -> c.startMode(StartMode.streamOnly()))
            .start()) {
      run.awaitCaughtUp();
      database.execute("INSERT INTO t VALUES (1, 'before', 'x', 0)");
      run.awaitCaughtUp();
      proxy.inject(Fault.RESET);
      database.execute("INSERT INTO t VALUES (2, 'after', 'x', 0)");
      run.awaitEqual("t");
      assertThat(run.changes().stream().filter(change -> change instanceof RowChange)).hasSize(2);
    }
  }

  private CaptureRun.Settings capture() {
    return CaptureRun.of(database)
        .flink("restart-strategy.fixed-delay.attempts", "1000")
        .capture(
            c ->
                c.url(proxy.url(database.primaryUrl()))
                    .replica(database.standbyUrl(0))
                    .set(CaptureOptions.RECEIVE_TIMEOUT, Duration.ofSeconds(4))
                    .set(CaptureOptions.DUMP_CHUNK_SIZE, MemorySize.parse("256kb")));
  }

  /** The server process that has the slot; 0 if none has. */
  private long pid() throws SQLException {
    return database.queryLong(
        "SELECT coalesce(max(active_pid), 0) FROM pg_replication_slots WHERE slot_name = '"
            + database.slot()
            + "'");
  }
}
