package io.tidemark.benchmarks;

import io.tidemark.testkit.postgres.PostgresServer;
import java.io.IOException;
import java.util.List;

/**
 * A JVM of its own for captures, so that heap and processor time are theirs alone. Tasks run one
 * after the other: the first ones warm it up.
 */
final class CaptureProcess implements AutoCloseable {
  private final RunnerProcess process;

  private CaptureProcess(RunnerProcess process) {
    this.process = process;
  }

  /**
   * Starts the JVM, with the options that this one was started with.
   *
   * @param database what to capture
   * @param standby where to dump from; null if nowhere
   * @param jvmOptions more options, which prevail
   */
  static CaptureProcess start(
      BenchmarkDatabase database, PostgresServer standby, List<String> jvmOptions)
      throws IOException {
    CaptureProcess capture =
        new CaptureProcess(RunnerProcess.start(CaptureRunner.class, jvmOptions));
    PostgresServer primary = database.primary();
    capture.process.tell(primary.url(BenchmarkDatabase.NAME));
    capture.process.tell(standby == null ? "" : standby.url(BenchmarkDatabase.NAME));
    capture.process.tell(primary.user());
    capture.process.tell(primary.password());
    return capture;
  }

  /** Has a task run and returns at once. */
  void begin(CaptureTask task) throws IOException {
    process.tell(task.toLine());
  }

  /** Waits for the end of the task. */
  RowCounts end() throws IOException {
    return RowCounts.parse(process.await(RowCounts::isLine));
  }

  /** Ends a task that publishes to a gateway, and has no end of its own. */
  Latencies stop() throws IOException {
    process.tell(CaptureRunner.STOP);
    return Latencies.parse(process.await(Latencies::isLine));
  }

  /** Of a task that publishes to a gateway: nanoseconds of processor time of the process. */
  long cpuNanos() throws IOException {
    return process.cpuNanos();
  }

  /** Has a task run, and waits for its end. */
  RowCounts run(CaptureTask task) throws IOException {
    begin(task);
    return end();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  @Override
  public void close() {
    process.close();
  }
}
