package io.tidemark.benchmarks;

import io.tidemark.jobs.Failure;
import io.tidemark.testkit.postgres.PostgresServer;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A JVM of its own for captures, so that heap and processor time are theirs alone. Tasks run one
 * after the other: the first ones warm it up.
 */
final class CaptureProcess implements AutoCloseable {
  private static final long EXIT_SECONDS = 10;

  private final Process process;
  private final BufferedWriter tasks;
  private final BufferedReader counts;

  private CaptureProcess(Process process) {
    this.process = process;
    this.tasks =
        new BufferedWriter(
            new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
    this.counts =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
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
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(jvmOptions);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(CaptureRunner.class.getName());
    CaptureProcess capture =
        new CaptureProcess(
            new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
    PostgresServer primary = database.primary();
    capture.send(primary.url(BenchmarkDatabase.NAME));
    capture.send(standby == null ? "" : standby.url(BenchmarkDatabase.NAME));
    capture.send(primary.user());
    capture.send(primary.password());
    return capture;
  }

  /** Has a task run and returns at once. */
  void begin(CaptureTask task) throws IOException {
    send(task.toLine());
  }

  /**
   * Waits for the end of the task.
   *
   * @throws Failure if the process ended; it told why on standard error
   */
  RowCounts end() throws IOException {
    String line = counts.readLine();
    while (line != null && !RowCounts.isLine(line)) {
      System.err.println(line); // the JVM's own words, with some of its options
      line = counts.readLine();
    }
    if (line == null) {
      throw new Failure("the capture's process ended; its standard error above says why");
    }
    return RowCounts.parse(line);
  }

  /** Has a task run, and waits for its end. */
  RowCounts run(CaptureTask task) throws IOException {
    begin(task);
    return end();
  }

  private void send(String line) throws IOException {
    tasks.write(line);
    tasks.newLine();
    tasks.flush();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  @Override
  public void close() {
    try {
      tasks.close();
      process.waitFor(EXIT_SECONDS, TimeUnit.SECONDS);
    } catch (IOException e) {
      // It is gone already.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      process.destroyForcibly();
    }
  }
}
