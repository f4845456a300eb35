package io.tidemark.benchmarks;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * One row that is updated again and again, each time in a transaction of its own: how many of its
 * updates a consumer gets, which answers each of them, by a chain that is warm.
 */
final class GatewayHotKey {
  private static final String TABLE = "hot";
  private static final long UPDATES = 5_000;

  private final BenchmarkOptions options;
  private final Results results;
  private final PrintWriter progress;

  GatewayHotKey(BenchmarkOptions options, Results results, PrintWriter progress) {
    this.options = options;
    this.results = results;
    this.progress = progress;
  }

  /** Runs it by each chain in turn; each one's line goes out as soon as it is done. */
  void run(BenchmarkDatabase database, List<GatewayChain> chains) throws Exception {
    database.createTable(TABLE);
    database.loadInOneTransaction(TABLE, 1);
    database.createSlot(TABLE);
    database.updateEachRow(TABLE, UPDATES);
    try {
      for (GatewayChain chain : chains) {
        results.add(measure(chain));
      }
    } finally {
      database.dropSlot(TABLE);
    }
  }

  private Measurement measure(GatewayChain chain) throws Exception {
    DrainRun.Backlog updates = new DrainRun.Backlog(TABLE, UPDATES);
    List<GatewayChain.Drained> runs = new ArrayList<>();
    for (int run = 0; run < options.runs(); run++) {
      GatewayChain.Drained drained = chain.drain(updates);
      progress.printf(
          Locale.ROOT, "  hot key, %s: %s%n", GatewayBenchmark.name(chain.service()), drained);
      runs.add(drained);
    }
    return Measurement.alone(
        "%d updates of one row, %s".formatted(UPDATES, GatewayBenchmark.name(chain.service())),
        median("from a start of the capture", runs, run -> run.throughput().perSecond()),
        List.of(median("from the first", runs, GatewayChain.Drained::perSecondFromFirst)));
  }

  private static Series median(
      String name, List<GatewayChain.Drained> runs, ToDoubleFunction<GatewayChain.Drained> figure) {
    return Series.median(name, "updates/s", runs.stream().map(figure::applyAsDouble).toList());
  }
}
