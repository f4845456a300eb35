package io.tidemark.benchmarks;

import io.tidemark.testkit.postgres.PostgresServer;
import java.io.PrintWriter;
import java.util.Locale;

/**
 * How fast the stream is beside pg_recvlogical. Both read the same WAL, in turn, from copies of one
 * slot; the time runs from when the server begins to send until the last row.
 */
final class StreamBenchmark {
  /** Enough for the JVM to compile what is hot. */
  private static final long WARM_UP_ROWS = 300_000;

  private static final String WARM_UP = "warm_up";
  private static final double MILLIS = 1e3;

  private final PostgresTools tools;
  private final BenchmarkOptions options;
  private final Results results;
  private final PrintWriter progress;

  StreamBenchmark(
      PostgresTools tools, BenchmarkOptions options, Results results, PrintWriter progress) {
    this.tools = tools;
    this.options = options;
    this.results = results;
    this.progress = progress;
  }

  /** Runs it; each case's line goes out as soon as the case is done. */
  void run() throws Exception {
    try (BenchmarkDatabase database = BenchmarkDatabase.start(options.major(), 0)) {
      results.ranOn(database.version());
      progress.println("loading the warm-up");
      database.createTable(WARM_UP);
      database.createSlot(WARM_UP);
      database.loadInTransactionsOfTen(WARM_UP, options.scaled(WARM_UP_ROWS));
      StreamCase small = new StreamCase("small", "10-row transactions", options.scaled(1_000_000));
      run(database, small, () -> database.loadInTransactionsOfTen(small.table(), small.rows()));
      StreamCase big = new StreamCase("big", "one transaction", options.scaled(2_000_000));
      run(database, big, () -> database.loadInOneTransaction(big.table(), big.rows()));
    }
  }

  /** A load: its name for SQL, for people, and its size. */
  private record StreamCase(String table, String name, long rows) {}

  private interface Load {
    void run() throws Exception;
  }

  private void run(BenchmarkDatabase database, StreamCase load, Load loading) throws Exception {
    progress.printf(Locale.ROOT, "loading %d rows in %s%n", load.rows(), load.name());
    database.createTable(load.table());
    database.createSlot(load.table());
    loading.run();
    String end = database.endOfLoad();
    database.settle();
    Comparison comparison =
        new Comparison(
            "stream of %d rows in %s".formatted(load.rows(), load.name()),
            "tidemark",
            "pg_recvlogical");
    for (int run = 0; run < options.runs(); run++) {
      boolean oursFirst = run % 2 == 0;
      if (oursFirst) {
        ours(database, load, comparison);
      }
      peer(database, load, end, comparison);
      if (!oursFirst) {
        ours(database, load, comparison);
      }
    }
    database.dropSlot(load.table());
    results.add(comparison.measurement());
  }

  private void ours(BenchmarkDatabase database, StreamCase load, Comparison comparison)
      throws Exception {
    DrainRun run =
        DrainRun.run(
            database,
            new DrainRun.Backlog(WARM_UP, options.scaled(WARM_UP_ROWS)),
            new DrainRun.Backlog(load.table(), load.rows()),
            options);
    RowCounts counts = run.counts();
    comparison.ours(run.throughput(), counts.cpuSecondsPerMillion());
    progress.printf(
        Locale.ROOT,
        "  tidemark: %s; from the first row to the last %s, %.2f CPU s per million%n",
        run.throughput(),
        counts.throughput(),
        counts.cpuSecondsPerMillion());
  }

  private void peer(BenchmarkDatabase database, StreamCase load, String end, Comparison comparison)
      throws Exception {
    PostgresServer primary = database.primary();
    String slot = database.copySlot(load.table());
    try (PeerProcess receive = PeerProcess.receive(tools, primary, slot, load.table(), end)) {
      long start = database.awaitReader(slot, receive::isAlive);
      receive.awaitEnd();
      Throughput throughput =
          new Throughput(load.rows(), (System.currentTimeMillis() - start) / MILLIS);
      comparison.peer(throughput);
      progress.printf(Locale.ROOT, "  pg_recvlogical: %s%n", throughput);
    } finally {
      database.dropSlot(slot);
    }
  }
}
