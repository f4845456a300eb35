package io.tidemark.benchmarks;

import io.tidemark.testkit.postgres.PostgresServer;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How fast a dump from a standby is beside psql's COPY, while the stream carries a fixed load; and
 * what a dump costs the stream.
 */
final class DumpBenchmark {
  private static final String TABLE = "dumped";
  private static final String WARM_UP = "warm_up";
  private static final long ROWS = 4_000_000;
  private static final int WARM_UPS = 3;
  private static final long WARM_UP_ROWS = 1_000_000;
  private static final int TRANSACTIONS_PER_SECOND = 1000;
  private static final long FOLLOWED_ROWS = 10_000;
  private static final String HEAP = "-Xmx512m";

  private final PostgresTools tools;
  private final BenchmarkOptions options;
  private final Results results;
  private final PrintWriter progress;

  DumpBenchmark(
      PostgresTools tools, BenchmarkOptions options, Results results, PrintWriter progress) {
    this.tools = tools;
    this.options = options;
    this.results = results;
    this.progress = progress;
  }

  /** Runs it; each case's line goes out as soon as the case is done. */
  void run() throws Exception {
    try (BenchmarkDatabase database = BenchmarkDatabase.start(options.major(), 1)) {
      results.ranOn(database.version());
      long rows = options.scaled(ROWS);
      progress.printf(Locale.ROOT, "loading %d rows%n", rows);
      database.createTable(WARM_UP);
      database.loadInOneTransaction(WARM_UP, options.scaled(WARM_UP_ROWS));
      database.createTable(TABLE);
      database.loadInOneTransaction(TABLE, rows);
      database.settle();
      underTraffic(database, rows);
      new BacklogBenchmark(options, results, progress).run(database, TABLE);
    }
  }

  private void underTraffic(BenchmarkDatabase database, long rows) throws Exception {
    Comparison comparison =
        new Comparison(
            "dump of %d rows beside %d tx/s".formatted(rows, TRANSACTIONS_PER_SECOND),
            "tidemark",
            "psql COPY");
    StreamRuns stream = new StreamRuns("stream of %d tx/s".formatted(TRANSACTIONS_PER_SECOND));
    try (UpdateTraffic traffic =
        UpdateTraffic.start(database.connect(), TABLE, rows, TRANSACTIONS_PER_SECOND)) {
      for (int run = 0; run < options.runs(); run++) {
        boolean oursFirst = run % 2 == 0;
        if (oursFirst) {
          ours(database, comparison, stream);
        }
        peer(database, rows, comparison);
        if (!oursFirst) {
          ours(database, comparison, stream);
        }
        traffic.check();
      }
    }
    results.add(comparison.measurement());
    results.add(stream.measurement());
  }

  private void ours(BenchmarkDatabase database, Comparison comparison, StreamRuns stream)
      throws Exception {
    String follow = "follow";
    List<String> jvmOptions = new ArrayList<>(options.jvmOptions());
    jvmOptions.add(HEAP);
    try (CaptureProcess capture = CaptureProcess.start(database, database.standby(), jvmOptions)) {
      for (int warmUp = 0; warmUp < WARM_UPS; warmUp++) {
        capture.run(CaptureTask.of(CaptureTask.Kind.DUMP, "dump_warm_up", WARM_UP, 0));
      }
      RowCounts dump = capture.run(CaptureTask.of(CaptureTask.Kind.DUMP, "dump", TABLE, 0));
      RowCounts followed =
          capture.run(CaptureTask.of(CaptureTask.Kind.FOLLOW, follow, TABLE, FOLLOWED_ROWS));
      comparison.ours(dump.throughput(), dump.cpuSecondsPerMillion());
      String beside = stream.whileDumping(dump);
      String without = stream.without(followed.throughput());
      progress.printf(
          Locale.ROOT,
          "  tidemark: %s, %.2f CPU s per million; stream %s, %s%n",
          dump.throughput(),
          dump.cpuSecondsPerMillion(),
          beside,
          without);
    } finally {
      database.dropSlot(follow);
    }
  }

  /** PostgreSQL's way to do the same: one program takes the stream, another one the table. */
  private void peer(BenchmarkDatabase database, long rows, Comparison comparison) throws Exception {
    PostgresServer primary = database.primary();
    String slot = "received";
    database.createSlot(slot);
    try (PeerProcess receive = PeerProcess.receive(tools, primary, slot, TABLE, null)) {
      database.awaitReader(slot, receive::isAlive);
      try (PeerProcess copy = PeerProcess.copy(tools, database.standby(), TABLE)) {
        Throughput throughput = new Throughput(rows, copy.seconds());
        comparison.peer(throughput);
        progress.printf(Locale.ROOT, "  psql COPY: %s%n", throughput);
      }
    } finally {
      database.dropSlot(slot);
    }
  }
}
