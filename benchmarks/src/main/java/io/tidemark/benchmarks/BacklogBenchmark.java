package io.tidemark.benchmarks;

import java.io.PrintWriter;
import java.util.Locale;

/**
 * What a dump costs a stream that goes as fast as it can: a backlog is drained with a dump and
 * without.
 *
 * <p>A chunk counts only when the stream has reached what its snapshot sees, so beside a backlog a
 * dump from a standby that is up to date waits for the backlog's end. Therefore the standby is cut
 * off after the first part of the backlog: while the stream drains the second part, chunks count at
 * once. Between the dump's first row and its last, or the backlog's, both go at full speed.
 */
final class BacklogBenchmark {
  private static final String BACKLOG = "backlog";
  private static final String BOTH = "backlog_and_dumped";
  private static final long FIRST_PART = 300_000;
  private static final long SECOND_PART = 1_200_000;

  private final BenchmarkOptions options;
  private final Results results;
  private final PrintWriter progress;

  BacklogBenchmark(BenchmarkOptions options, Results results, PrintWriter progress) {
    this.options = options;
    this.results = results;
    this.progress = progress;
  }

  /** Runs it, and leaves the standby cut off. */
  void run(BenchmarkDatabase database, String dumped) throws Exception {
    long rows = options.scaled(FIRST_PART) + options.scaled(SECOND_PART);
    progress.printf(Locale.ROOT, "loading a backlog of %d rows%n", rows);
    String tables = BACKLOG + "," + dumped;
    database.createTable(BACKLOG);
    database.createPublication(BOTH, BACKLOG, dumped);
    database.createSlot(BACKLOG);
    database.loadInTransactionsOfTen(BACKLOG, options.scaled(FIRST_PART));
    database.freezeStandby();
    database.loadInTransactionsOfTen(BACKLOG, options.scaled(SECOND_PART));
    StreamRuns runs = new StreamRuns("stream of a backlog");
    for (int run = 0; run < options.runs(); run++) {
      boolean dumpFirst = run % 2 == 0;
      for (boolean dump : new boolean[] {dumpFirst, !dumpFirst}) {
        RowCounts counts = drain(database, dump, tables, rows);
        String told = dump ? runs.whileDumping(counts) : runs.without(counts.throughput());
        progress.println("  stream of a backlog: " + told);
      }
    }
    database.dropSlot(BACKLOG);
    results.add(runs.measurement());
  }

  private RowCounts drain(BenchmarkDatabase database, boolean dump, String tables, long rows)
      throws Exception {
    String warmUp = database.copySlot(BACKLOG);
    String slot = database.copySlot(BACKLOG);
    try (CaptureProcess capture =
        CaptureProcess.start(database, database.standby(), options.jvmOptions())) {
      CaptureTask.Kind kind = dump ? CaptureTask.Kind.DRAIN_AND_DUMP : CaptureTask.Kind.DRAIN;
      capture.run(
          CaptureTask.of(CaptureTask.Kind.DRAIN, warmUp, BACKLOG, options.scaled(FIRST_PART)));
      return capture.run(new CaptureTask(kind, slot, BOTH, tables, rows, 0));
    } finally {
      database.dropSlot(warmUp);
      database.dropSlot(slot);
    }
  }
}
