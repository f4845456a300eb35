package io.tidemark.source.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.source.CaptureOptions;
import io.tidemark.source.PostgresCapture;
import io.tidemark.source.run.CaptureRun;
import io.tidemark.source.run.Writer;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.PostgresServer;
import io.tidemark.testkit.postgres.TestDatabase;
import io.tidemark.testkit.proxy.FaultProxy;
import io.tidemark.testkit.proxy.FaultProxy.Fault;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.configuration.MemorySize;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The connections to the standbys fail in every way in the middle of their COPYs. */
class StandbyConnectionFaultsITCase {
  private static final int ROWS = 4_000;
  private static final long SEED = 6_101;

  @RegisterExtension
  static final PostgresExtension POSTGRES = PostgresExtension.builder().standbys(2).build();

  private final List<FaultProxy> proxies = new ArrayList<>();
  private TestDatabase database;

  @BeforeEach
  void tableAndProxies() throws SQLException {
    database = POSTGRES.database();
    database.execute(
        "CREATE TABLE t (a int, b text, big text, n int, PRIMARY KEY (a, b))",
        "ALTER TABLE t ALTER big SET STORAGE EXTERNAL",
        "INSERT INTO t SELECT i, 'k' || i % 7, repeat(md5(i::text), 70), 0"
            + " FROM generate_series(1, "
            + ROWS
            + ") i");
    POSTGRES
        .cluster()
        .standbys()
        .forEach(standby -> proxies.add(FaultProxy.before(standby.port())));
  }

  @AfterEach
  void closeProxies() {
    proxies.forEach(FaultProxy::close);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void copiesThatAreTornAnywhereAreReadAgain(int standbys) throws Exception {
    System.out.println("the offsets' seed is " + SEED);
    Random random = new Random(SEED);
    List<CompletableFuture<Void>> torn = new ArrayList<>();
    for (int i = 0; i < standbys; i++) {
      torn.add(tear(i, random, Fault.FIN));
    }
    try (Writer writer = Writer.start(database, SEED, Duration.ofMillis(5));
        CaptureRun run = capture(standbys, "").start()) {
      for (int tears = 0; tears < 4; tears++) {
        run.await("a COPY to be torn", () -> torn.stream().anyMatch(CompletableFuture::isDone));
        for (int i = 0; i < standbys; i++) {
          if (torn.get(i).isDone()) {
            torn.set(i, tear(i, random, tears % 2 == 0 ? Fault.RESET : Fault.FIN));
          }
        }
      }
      assertThat(run.reads()).as("rows so far").isLessThan(ROWS);
      assertThat(run.metric("dumpChunksRetried")).isPositive();
      writer.stop();
      run.awaitEqual("t");
    }
  }

  @Test
  void aStandbyThatStandsStillWithinACopyDoesNotStopTheStream() throws Exception {
    CompletableFuture<Void> stalled = proxies.get(0).injectAfter(100_000, Fault.STALL);
    try (Writer writer = Writer.start(database, SEED, Duration.ofMillis(5));
        CaptureRun run = capture(1, "").start()) {
      run.await("the COPY to stand still", stalled::isDone);
      // Each of them comes through the stream, after all that was written before.
      for (int i = 0; i < 3; i++) {
        run.awaitCaughtUp();
      }
      assertThat(run.reads()).as("rows of a dump that stands still").isLessThan(ROWS / 2);
      proxies.get(0).resume();
      writer.stop();
      run.awaitEqual("t");
    }
  }

  @Test
  void aStandbyThatGoesOnStandingStillIsLeftForAnother() throws Exception {
    CompletableFuture<Void> stalled = proxies.get(0).injectAfter(100_000, Fault.STALL);
    try (Writer writer = Writer.start(database, SEED, Duration.ofMillis(5));
        CaptureRun run = capture(2, "?socketTimeout=2").start()) {
      run.await("the COPY to stand still", stalled::isDone);
      proxies.get(0).refuse();
      writer.stop();
      run.awaitEqual("t");
    }
  }

  @Test
  void aStandbyThatLetsNobodyInAnyMoreIsLeftForAnother() throws Exception {
    PostgresServer standby = POSTGRES.cluster().standbys().get(1);
    Path rules = standby.dataDirectory().resolve("pg_hba.conf");
    String before = Files.readString(rules);
    CompletableFuture<Void> stalled = proxies.get(1).injectAfter(100_000, Fault.STALL);
    try (Writer writer = Writer.start(database, SEED, Duration.ofMillis(5));
        CaptureRun run = capture(2, "").start()) {
      run.await("the COPY to stand still", stalled::isDone);
      Files.writeString(rules, "host " + database.name() + " all all reject\n" + before);
      standby.execute("postgres", "SELECT pg_reload_conf()");
      run.await("the standby to refuse", () -> refuses(standby));
      long connections = proxies.get(1).connections();
      proxies.get(0).refuse();
      proxies.forEach(proxy -> proxy.inject(Fault.RESET));
      proxies.get(1).resume();
      run.await("the standby to be tried again", () -> proxies.get(1).connections() > connections);
      proxies.get(0).accept();
      writer.stop();
      run.awaitEqual("t");
    } finally {
      Files.writeString(rules, before);
      standby.execute("postgres", "SELECT pg_reload_conf()");
    }
  }

  private boolean refuses(PostgresServer standby) {
    try (Connection connection = standby.connect(database.name())) {
      return !connection.isValid(0);
    } catch (SQLException e) {
      return e.getMessage().contains("pg_hba.conf rejects");
    }
  }

  /** Beyond what a look into the catalog comes to, and within one of the first chunks. */
  private CompletableFuture<Void> tear(int standby, Random random, Fault fault) {
    long offset = 30_000L + random.nextInt(200_000);
    System.out.println("standby " + standby + " torn after " + offset + " more bytes: " + fault);
    return proxies.get(standby).injectAfter(offset, fault);
  }

  private CaptureRun.Settings capture(int standbys, String parameters) {
    return CaptureRun.of(database)
        // Whatever happens to standbys, the job does not fail.
        .flink("restart-strategy.fixed-delay.attempts", "0")
        .capture(
            c -> {
              PostgresCapture.Builder builder = c;
              for (int i = 0; i < standbys; i++) {
                builder = builder.replica(proxies.get(i).url(database.standbyUrl(i)) + parameters);
              }
              return builder
                  .set(CaptureOptions.DUMP_CONNECTIONS, standbys)
                  .set(CaptureOptions.DUMP_CHUNK_SIZE, MemorySize.parse("256kb"));
            });
  }
}
