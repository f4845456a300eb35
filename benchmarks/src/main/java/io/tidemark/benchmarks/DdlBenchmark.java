package io.tidemark.benchmarks;

import io.tidemark.testkit.postgres.PostgresCluster;
import io.tidemark.testkit.postgres.PostgresServer;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What the DDL capture costs a server: databases with and without it, under the same load in turns.
 */
final class DdlBenchmark {
  private static final double SECONDS = 3;
  private static final String WITHOUT = "without";

  private final Path pgbench;
  private final Optional<Path> library;
  private final BenchmarkOptions options;
  private final Results results;
  private final PrintWriter progress;
  private final Map<String, DdlDatabase> databases = new LinkedHashMap<>();

  DdlBenchmark(
      Path pgbench,
      Optional<Path> library,
      BenchmarkOptions options,
      Results results,
      PrintWriter progress) {
    this.pgbench = pgbench;
    this.library = library;
    this.options = options;
    this.results = results;
    this.progress = progress;
  }

  /** One run of a load, which takes about so many seconds. */
  private interface Load {
    DdlDatabase.Rate on(DdlDatabase database, double seconds) throws Exception;
  }

  /** Runs it; each case's lines go out as soon as the case is done. */
  void run() throws Exception {
    try (PostgresCluster cluster =
        PostgresCluster.builder()
            .major(options.major())
            .setting("shared_buffers", "256MB")
            .setting("max_wal_size", "8GB")
            // Neither is to start in one run and not in the next.
            .setting("autovacuum", "off")
            .setting("checkpoint_timeout", "1h")
            .start()) {
      PostgresServer server = cluster.primary();
      results.ranOn(server.query("postgres", "SHOW server_version"));
      databases.put(WITHOUT, DdlDatabase.without(server));
      databases.put("with", DdlDatabase.with(server, Optional.empty()));
      if (library.isPresent()) {
        databases.put("with, and the library", DdlDatabase.with(server, library));
      }
      for (DdlDatabase database : databases.values()) {
        database.fill(pgbench);
      }
      compare("DDL on a table of 10 columns", "statements/s", DdlDatabase::tables);
      compare("DDL on 100 partitions", "statements/s", DdlDatabase::partitions);
      compare(
          "pgbench, 2 clients",
          "transactions/s",
          (database, seconds) -> database.rows(pgbench, seconds));
    }
  }

  private void compare(String name, String unit, Load load) throws Exception {
    Map<String, List<DdlDatabase.Rate>> rates = new LinkedHashMap<>();
    for (int run = 0; run < options.runs(); run++) {
      List<Map.Entry<String, DdlDatabase>> turn = new ArrayList<>(databases.entrySet());
      if (run % 2 == 1) {
        Collections.reverse(turn);
      }
      for (Map.Entry<String, DdlDatabase> each : turn) {
        DdlDatabase.Rate rate = load.on(each.getValue(), SECONDS * options.scale());
        rates.computeIfAbsent(each.getKey(), first -> new ArrayList<>()).add(rate);
        progress.printf(Locale.ROOT, "  %s, %s: %s%n", name, each.getKey(), rate);
      }
    }
    List<DdlDatabase.Rate> reference = rates.remove(WITHOUT);
    rates.forEach(
        (variant, runs) ->
            results.add(
                Measurement.beside(
                    name,
                    Series.median(variant, unit, perSecond(runs)),
                    Series.median(WITHOUT, unit, perSecond(reference)),
                    Series.median("run by run", "times", ratios(runs, reference)),
                    Series.median("WAL", "kB each", kilobytes(runs)),
                    Series.median("WAL without", "kB each", kilobytes(reference)))));
  }

  private static List<Double> perSecond(List<DdlDatabase.Rate> runs) {
    return runs.stream().map(DdlDatabase.Rate::perSecond).toList();
  }

  private static List<Double> kilobytes(List<DdlDatabase.Rate> runs) {
    return runs.stream().map(DdlDatabase.Rate::walKilobytes).toList();
  }

  /** Each run's rate to that of the run without beside it: what the machine did is in both. */
  private static List<Double> ratios(List<DdlDatabase.Rate> runs, List<DdlDatabase.Rate> others) {
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i < runs.size(); i++) {
      ratios.add(runs.get(i).perSecond() / others.get(i).perSecond());
    }
    return ratios;
  }
}
