package io.tidemark.cli;

import io.tidemark.testkit.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The command line as a process of its own, with its output in files. */
public final class TidemarkProcess implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofMinutes(2);

  /** It does not live long enough to win back what the second compiler and more threads cost. */
  private static final List<String> SHORT_LIVED =
      List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

  private final Process process;
  private final Path out;
  private final Path err;

  private TidemarkProcess(Process process, Path out, Path err) {
    this.process = process;
    this.out = out;
    this.err = err;
  }

  /**
   * Starts {@code tidemark} with the password in PGPASSWORD.
   *
   * @param name names its files in the directory
   */
  public static TidemarkProcess start(
      Path directory, String name, String password, List<String> arguments) throws IOException {
    return start(directory, name, password, List.of(), arguments);
  }

  /**
   * As {@link #start(Path, String, String, List)}, with options for its JVM.
   *
   * @param name names its files in the directory
   */
  public static TidemarkProcess start(
      Path directory, String name, String password, List<String> jvmOptions, List<String> arguments)
      throws IOException {
    return start(List.of(), directory, name, password, jvmOptions, arguments);
  }

  /**
   * As {@link #start(Path, String, String, List, List)}, by a command that runs its arguments.
   *
   * @param name names its files in the directory
   */
  static TidemarkProcess start(
      List<String> runner,
      Path directory,
      String name,
      String password,
      List<String> jvmOptions,
      List<String> arguments)
      throws IOException {
    List<String> command = new ArrayList<>(runner);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(SHORT_LIVED);
    command.addAll(jvmOptions);
    command.add("--add-opens=java.base/java.util=ALL-UNNAMED");
    command.add("--add-opens=java.base/java.lang=ALL-UNNAMED");
    Collections.addAll(command, "-cp", System.getProperty("java.class.path"));
    command.add(Tidemark.class.getName());
    command.addAll(arguments);
    Path out = directory.resolve(name + ".out");
    Path err = directory.resolve(name + ".err");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
    builder.environment().put("PGPASSWORD", password);
    return new TidemarkProcess(builder.start(), out, err);
  }

  /** What it has printed on standard output so far. */
  List<String> lines() throws IOException {
    return Files.readString(out).lines().toList();
  }

  /** What it has printed on standard error so far. */
  public String errors() throws IOException {
    return Files.readString(err);
  }

  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  public void awaitLine(String part) {
    Await.until(
        "a line with " + part,
        TIMEOUT,
        () -> {
          if (!process.isAlive() && lines().stream().noneMatch(line -> line.contains(part))) {
            throw new IllegalStateException("it ended: " + errors());
          }
          return lines().stream().anyMatch(line -> line.contains(part));
        });
  }

  /** Asks it to end, with SIGTERM, and returns its exit status. */
  int stop() throws InterruptedException {
    process.destroy();
    return awaitExit();
  }

  int awaitExit() throws InterruptedException {
    if (!process.waitFor(TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
      throw new IllegalStateException("it did not end in " + TIMEOUT);
    }
    return process.exitValue();
  }

  /** kill -9, and waits until it is gone. */
  public void kill() {
    process.destroyForcibly();
    Await.until("it to end", TIMEOUT, () -> !process.isAlive());
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
