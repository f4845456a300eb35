package io.tidemark.benchmarks;

import io.tidemark.benchmarks.ConsumerTask.Service;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How long dumps on demand take by way of a gateway, from the call to the last acknowledgement: of
 * some pages, each a range of its own, read from a standby while nobody writes. The job makes a
 * checkpoint a minute, for which none of them is to wait.
 */
final class GatewayDumps {
  private static final String TABLE = "demanded";

  /** Some more pages than are asked for. */
  private static final long ROWS = 30_000;

  private static final int[] PAGES = {1, 5, 200};
  private static final int WARM_UPS = 3;

  private final BenchmarkOptions options;
  private final Results results;
  private final PrintWriter progress;

  GatewayDumps(BenchmarkOptions options, Results results, PrintWriter progress) {
    this.options = options;
    this.results = results;
    this.progress = progress;
  }

  /** Runs it; each case's line goes out as soon as the case is done. */
  void run() throws Exception {
    try (BenchmarkDatabase database = BenchmarkDatabase.start(options.major(), 1)) {
      results.ranOn(database.version());
      database.createTable(TABLE);
      database.loadInTransactionsOfTen(TABLE, ROWS);
      database.settle();
      long rows = 0;
      for (int pages : PAGES) {
        rows += (WARM_UPS + options.runs()) * database.rowsInPages(TABLE, pages);
      }
      for (Service service : Service.values()) {
        measure(database, service, rows);
      }
    }
  }

  private void measure(BenchmarkDatabase database, Service service, long rows) throws Exception {
    String slot = TABLE + "_" + service.name().toLowerCase(Locale.ROOT);
    database.createSlot(slot);
    try (GatewayChain chain = GatewayChain.start(database, database.standby(), service, options);
        DumpCalls dumps = chain.dumps()) {
      chain.serve(slot, TABLE, rows);
      for (int i = 0; i < WARM_UPS; i++) {
        for (int pages : PAGES) {
          dumps.secondsOf(TABLE, pages);
        }
      }
      for (int pages : PAGES) {
        results.add(measurement(dumps, service, pages));
      }
      chain.served();
    } finally {
      database.dropSlot(slot);
    }
  }

  private Measurement measurement(DumpCalls dumps, Service service, int pages) {
    List<Double> runs = new ArrayList<>();
    for (int run = 0; run < options.runs(); run++) {
      double seconds = dumps.secondsOf(TABLE, pages);
      progress.printf(Locale.ROOT, "  dump of %s: %.3f s%n", name(pages), seconds);
      runs.add(seconds);
    }
    return Measurement.alone(
        "dump on demand of %s, %s".formatted(name(pages), GatewayBenchmark.name(service)),
        Series.median("until done and acknowledged", "s", runs),
        List.of());
  }

  private static String name(int pages) {
    return pages == 1 ? "1 page" : "%d pages, one range each".formatted(pages);
  }
}
