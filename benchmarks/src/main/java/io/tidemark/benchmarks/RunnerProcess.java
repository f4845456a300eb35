package io.tidemark.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import io.tidemark.jobs.Failure;
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
import java.util.function.Predicate;

/** A JVM of its own, which is told and tells lines of text. */
final class RunnerProcess implements AutoCloseable {
  /** A line that a runner answers with {@link #cpuLine}. */
  static final String CPU = "cpu";

  private static final long EXIT_SECONDS = 10;

  private final Class<?> main;
  private final Process process;
  private final BufferedWriter told;
  private final BufferedReader said;

  private RunnerProcess(Class<?> main, Process process) {
    this.main = main;
    this.process = process;
    this.told =
        new BufferedWriter(
            new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
    this.said =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  /**
   * Starts the JVM, with the options that this one was started with.
   *
   * @param jvmOptions more options, which prevail
   */
  static RunnerProcess start(Class<?> main, List<String> jvmOptions) throws IOException {
    return start(main, jvmOptions, List.of());
  }

  /** Starts the JVM likewise, with arguments of its main class. */
  static RunnerProcess start(Class<?> main, List<String> jvmOptions, List<String> arguments)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(jvmOptions);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(main.getName());
    command.addAll(arguments);
    return new RunnerProcess(
        main, new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
  }

  void tell(String line) throws IOException {
    told.write(line);
    told.newLine();
    told.flush();
  }

  /**
   * Waits for a line of this kind.
   *
   * @throws Failure if the process ended; it told why on standard error
   */
  String await(Predicate<String> kind) throws IOException {
    String line = said.readLine();
    while (line != null && !kind.test(line)) {
      System.err.println(line); // the JVM's own words, with some of its options
      line = said.readLine();
    }
    if (line == null) {
      throw new Failure(
          main.getSimpleName() + "'s process ended; its standard error above says why");
    }
    return line;
  }

  /** Nanoseconds of processor time that it has used, if it answers {@link #CPU}. */
  long cpuNanos() throws IOException {
    tell(CPU);
    String line = await(text -> text.startsWith(CPU));
    return Long.parseLong(line.substring(CPU.length()).strip());
  }

  /** This JVM's answer to {@link #CPU}. */
  static String cpuLine() {
    return CPU
        + " "
        + ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Asks it to end, by a signal, and waits until it has. */
  void terminate() throws InterruptedException {
    process.destroy();
    process.waitFor(EXIT_SECONDS, TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    try {
      told.close();
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
