package io.tidemark.benchmarks;

/**
 * One run of the stream from a slot until a number of rows came, in a JVM of its own.
 *
 * @param throughput from when the slot was seen active until the last row
 * @param counts from the first row to the last
 */
record DrainRun(Throughput throughput, RowCounts counts) {
  private static final double MILLIS = 1e3;

  /** What is drained: a table with a slot and a publication of its name, and its rows. */
  record Backlog(String table, long rows) {}

  /** Runs it in a new JVM, which the other backlog warms up. */
  static DrainRun run(
      BenchmarkDatabase database, Backlog warmUp, Backlog backlog, BenchmarkOptions options)
      throws Exception {
    try (CaptureProcess capture = CaptureProcess.start(database, null, options.jvmOptions())) {
      measure(database, capture, warmUp);
      return measure(database, capture, backlog);
    }
  }

  /** Runs it on a copy of the slot, in a JVM that is there. */
  static DrainRun measure(BenchmarkDatabase database, CaptureProcess capture, Backlog backlog)
      throws Exception {
    String slot = database.copySlot(backlog.table());
    try {
      capture.begin(CaptureTask.of(CaptureTask.Kind.DRAIN, slot, backlog.table(), backlog.rows()));
      long start = database.awaitReader(slot, capture::isAlive);
      RowCounts counts = capture.end();
      return new DrainRun(
          new Throughput(backlog.rows(), (counts.lastAtMillis() - start) / MILLIS), counts);
    } finally {
      database.dropSlot(slot);
    }
  }
}
