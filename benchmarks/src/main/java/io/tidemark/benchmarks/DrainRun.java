package io.tidemark.benchmarks;

/**
 * One run of the stream from a slot until a number of rows came, in a JVM of its own that another
 * such run has warmed up.
 *
 * @param throughput from when the slot was seen active until the last row
 * @param counts from the first row to the last
 */
record DrainRun(Throughput throughput, RowCounts counts) {
  private static final double MILLIS = 1e3;

  /** What is drained: a table with a slot and a publication of its name, and its rows. */
  record Backlog(String table, long rows) {}

  /** Runs it on copies of the slots. */
  static DrainRun run(
      BenchmarkDatabase database, Backlog warmUp, Backlog backlog, BenchmarkOptions options)
      throws Exception {
    String warmUpSlot = database.copySlot(warmUp.table());
    String slot = database.copySlot(backlog.table());
    try (CaptureProcess capture = CaptureProcess.start(database, null, options.jvmOptions())) {
      capture.run(
          CaptureTask.of(CaptureTask.Kind.DRAIN, warmUpSlot, warmUp.table(), warmUp.rows()));
      capture.begin(CaptureTask.of(CaptureTask.Kind.DRAIN, slot, backlog.table(), backlog.rows()));
      long start = database.awaitReader(slot, capture::isAlive);
      RowCounts counts = capture.end();
      return new DrainRun(
          new Throughput(backlog.rows(), (counts.lastAtMillis() - start) / MILLIS), counts);
    } finally {
      database.dropSlot(warmUpSlot);
      database.dropSlot(slot);
    }
  }
}
