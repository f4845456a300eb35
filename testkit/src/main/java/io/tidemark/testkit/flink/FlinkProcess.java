package io.tidemark.testkit.flink;

import io.tidemark.testkit.Await;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** One JVM of a Flink cluster, with a log of its own. */
final class FlinkProcess {
  private static final Duration KILL_TIMEOUT = Duration.ofSeconds(30);
  private static final int LOG_TAIL_LINES = 30;

  private final String name;
  private final Process process;
  private final Path log;

  private FlinkProcess(String name, Process process, Path log) {
    this.name = name;
    this.process = process;
    this.log = log;
  }

  /**
   * Starts a process that the watchdog over the parent of {@code directory} ends.
   *
   * @param directory the process's own working directory, which must exist
   */
  static FlinkProcess start(List<String> java, String classPath, Path directory, Path log) {
    // The shell leaves the id before it becomes the JVM: no process is ever without.
    List<String> command =
        new ArrayList<>(
            List.of(
                "sh",
                "-c",
                "echo $$ > \"$0\"; exec \"$@\"",
                directory.resolve("process.pid").toString()));
    command.addAll(java);
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectInput(new File("/dev/null"))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    // In the environment, for a class path may be longer than what ps shows of a command line.
    builder.environment().put("CLASSPATH", classPath);
    try {
      return new FlinkProcess(directory.getFileName().toString(), builder.start(), log);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot run " + command, e);
    }
  }

  boolean isAlive() {
    return process.isAlive();
  }

  long pid() {
    return process.pid();
  }

  /** kill -9, and waits until it is gone. */
  void kill() {
    process.destroyForcibly();
    Await.until(this + " to end", KILL_TIMEOUT, () -> !process.isAlive());
  }

  /** Waits for the end of a process that ends by itself and returns what it printed. */
  String output(Duration timeout) {
    Await.until(this + " to end", timeout, () -> !process.isAlive(), this::logTail);
    return log();
  }

  String log() {
    try {
      return Files.exists(log) ? Files.readString(log) : "";
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read the log of " + this, e);
    }
  }

  /** The end of the log, for errors. */
  String logTail() {
    List<String> lines = log().lines().toList();
    int from = Math.max(0, lines.size() - LOG_TAIL_LINES);
    return "The log of %s ends:%n%s"
        .formatted(this, String.join(System.lineSeparator(), lines.subList(from, lines.size())));
  }

  @Override
  public String toString() {
    return "%s (process %d)".formatted(name, process.pid());
  }
}
