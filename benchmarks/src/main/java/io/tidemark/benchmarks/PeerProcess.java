package io.tidemark.benchmarks;

import io.tidemark.jobs.Failure;
import io.tidemark.testkit.postgres.PostgresServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One of PostgreSQL's own programs at work on a server of a {@link BenchmarkDatabase}. */
final class PeerProcess implements AutoCloseable {
  private static final Pattern TIMING = Pattern.compile("Time: ([0-9.]+) ms");
  private static final double MILLIS = 1e3;

  private final Process process;
  private final Path output;

  private PeerProcess(Process process, Path output) {
    this.process = process;
    this.output = output;
  }

  /**
   * Starts pg_recvlogical with the options that a capture gives pgoutput, to /dev/null.
   *
   * @param end the LSN to end at; null for never
   */
  static PeerProcess receive(
      PostgresTools tools, PostgresServer primary, String slot, String publication, String end)
      throws IOException {
    List<String> arguments =
        new ArrayList<>(
            List.of("--no-password", "--start", "--no-loop", "--slot=" + slot, "--file=/dev/null"));
    arguments.addAll(List.of("--dbname=" + BenchmarkDatabase.NAME, "--fsync-interval=0"));
    arguments.addAll(List.of("-o", "proto_version=1", "-o", "publication_names=" + publication));
    arguments.addAll(List.of("-o", "binary=true", "-o", "messages=true"));
    if (end != null) {
      arguments.add("--endpos=" + end);
    }
    return start(tools.pgRecvlogical(), primary, arguments);
  }

  /**
   * Starts psql with one COPY of a whole table by page range, to /dev/null; {@link #seconds} then
   * has the statement's time as psql takes it.
   */
  static PeerProcess copy(PostgresTools tools, PostgresServer server, String table)
      throws IOException {
    String copy =
        "COPY (SELECT * FROM ONLY %s WHERE ctid >= '(0,0)') TO STDOUT (FORMAT binary)"
            .formatted(table);
    return start(
        tools.psql(),
        server,
        List.of(
            "--no-password",
            "--no-psqlrc",
            "--quiet",
            "--output=/dev/null",
            "--dbname=" + BenchmarkDatabase.NAME,
            "--command=\\timing on",
            "--command=" + copy));
  }

  /** Runs pgbench to its end, and returns what it printed. */
  static String pgbench(Path program, PostgresServer server, String... arguments)
      throws IOException, InterruptedException {
    try (PeerProcess process = start(program, server, List.of(arguments))) {
      return process.awaitEnd();
    }
  }

  private static PeerProcess start(Path program, PostgresServer server, List<String> arguments)
      throws IOException {
    List<String> command = new ArrayList<>(List.of(program.toString()));
    command.addAll(List.of("--host=" + server.host(), "--port=" + server.port()));
    command.add("--username=" + server.user());
    command.addAll(arguments);
    Path output = Files.createTempFile("tidemark-peer-", ".out");
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("PGPASSWORD", server.password());
    builder.environment().put("LC_ALL", "C");
    builder.redirectErrorStream(true).redirectOutput(output.toFile());
    return new PeerProcess(builder.start(), output);
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /**
   * Waits for its end.
   *
   * @throws Failure with what it said, if it failed
   */
  String awaitEnd() throws IOException, InterruptedException {
    int status = process.waitFor();
    String said = Files.readString(output, StandardCharsets.UTF_8);
    if (status != 0) {
      throw new Failure(
          "%s ended with status %d: %s"
              .formatted(process.info().command().orElse("a peer"), status, said.strip()));
    }
    return said;
  }

  /** Waits for the end of psql and returns the time that its statement took. */
  double seconds() throws IOException, InterruptedException {
    return timing(awaitEnd());
  }

  static double timing(String said) {
    Matcher matcher = TIMING.matcher(said);
    if (!matcher.find()) {
      throw new Failure("psql tells no time: '" + said.strip() + "'");
    }
    return Double.parseDouble(matcher.group(1)) / MILLIS;
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Files.deleteIfExists(output);
  }
}
