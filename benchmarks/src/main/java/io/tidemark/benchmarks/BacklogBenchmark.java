package io.tidemark.benchmarks;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What a dump costs a stream that goes as fast as it can: a backlog is drained with a dump and
 * without.
 *
 * <p>A chunk counts only when the stream has reached what its snapshot sees, so beside a backlog a
 * dump from a standby that is up to date waits for the backlog's end. Therefore the standby is cut
 * off after the first part of the backlog: while the stream drains the second part, chunks count at
 * once. Between the dump's first row and its last both go at full speed.
 */
final class BacklogBenchmark {
  private static final String BACKLOG = "backlog";
  private static final String BOTH = "backlog_and_dumped";
  private static final long FIRST_PART = 300_000;
  private static final long SECOND_PART = 1_200_000;

  private final BenchmarkOptions options;
  private final PrintWriter out;
  private final PrintWriter progress;

  BacklogBenchmark(BenchmarkOptions options, PrintWriter out, PrintWriter progress) {
    this.options = options;
    this.out = out;
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
    List<Double> whileDumping = new ArrayList<>();
    List<Double> without = new ArrayList<>();
    for (int run = 0; run < options.runs(); run++) {
      boolean dumpFirst = run % 2 == 0;
      for (boolean dump : new boolean[] {dumpFirst, !dumpFirst}) {
        (dump ? whileDumping : without).add(drain(database, dump, tables, rows));
      }
    }
    database.dropSlot(BACKLOG);
    out.println(
        Comparison.rates("stream of a backlog", "while dumping", whileDumping, "without", without));
    out.flush();
  }

  /** Rows of the stream in a second. */
  private double drain(BenchmarkDatabase database, boolean dump, String tables, long rows)
      throws Exception {
    String warmUp = database.copySlot(BACKLOG);
    String slot = database.copySlot(BACKLOG);
    try (CaptureProcess capture =
        CaptureProcess.start(database, database.standby(), options.jvmOptions())) {
      CaptureTask.Kind kind = dump ? CaptureTask.Kind.DRAIN_AND_DUMP : CaptureTask.Kind.DRAIN;
      capture.run(
          CaptureTask.of(CaptureTask.Kind.DRAIN, warmUp, BACKLOG, options.scaled(FIRST_PART)));
      RowCounts counts = capture.run(new CaptureTask(kind, slot, BOTH, tables, rows, 0));
      double rate = dump ? counts.othersPerSecond() : counts.throughput().perSecond();
      progress.printf(
          Locale.ROOT,
          "  stream of a backlog: %.0f rows/s %s%n",
          rate,
          dump ? "while dumping " + counts.throughput() : "without dump");
      return rate;
    } finally {
      database.dropSlot(warmUp);
      database.dropSlot(slot);
    }
  }
}
