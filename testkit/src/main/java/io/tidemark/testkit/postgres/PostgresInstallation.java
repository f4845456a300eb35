package io.tidemark.testkit.postgres;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The programs of one PostgreSQL installation.
 *
 * @param home the directory that holds {@code bin/}
 * @param major its major version
 */
record PostgresInstallation(Path home, int major) {
  /** Names an installation; with {@code .<major>} behind it, the one for that major version. */
  static final String HOME = "tidemark.postgres.home";

  /** The directory with the archives that the build lays down. */
  static final String ARCHIVES = "tidemark.postgres.archives";

  private static final Pattern VERSION = Pattern.compile("PostgreSQL\\) (\\d+)");
  private static final Duration COMMAND_TIMEOUT = Duration.ofMinutes(2);

  PostgresInstallation {
    if (!Files.isExecutable(home.resolve("bin").resolve("postgres"))) {
      throw new IllegalStateException(
          "%s has no bin/postgres: -D%s must name a directory of a PostgreSQL server"
              .formatted(home, HOME));
    }
  }

  /**
   * Finds the installation of a major version: the one that a property names, else the archive.
   *
   * @throws IllegalStateException when there is none, or it is of another major version
   */
  static PostgresInstallation of(int major) {
    String named = System.getProperty(HOME + "." + major, System.getProperty(HOME));
    PostgresInstallation installation =
        new PostgresInstallation(named == null ? unpacked(major) : Path.of(named), major);
    String version = installation.run(installation.home(), "postgres", "--version");
    Matcher matcher = VERSION.matcher(version);
    if (!matcher.find() || Integer.parseInt(matcher.group(1)) != major) {
      throw new IllegalStateException(
          "%s holds %s, but PostgreSQL %d is asked for: name one with -D%s.%d=DIR"
              .formatted(installation.home(), version.strip(), major, HOME, major));
    }
    return installation;
  }

  private static Path unpacked(int major) {
    String archives = System.getProperty(ARCHIVES);
    if (archives == null) {
      throw new IllegalStateException(
          "No PostgreSQL is known: set -D%s=DIR to the archives that the build laid down, or -D%s=DIR to an installation"
              .formatted(ARCHIVES, HOME));
    }
    try {
      return PostgresArchive.unpacked(Path.of(archives), major);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "Cannot unpack PostgreSQL %d from %s".formatted(major, archives), e);
    }
  }

  /**
   * Runs a program to its end and returns what it printed.
   *
   * @throws IllegalStateException when it fails, with its output
   */
  String run(Path directory, String program, String... arguments) {
    List<String> command = new ArrayList<>();
    if (Platform.isRoot()) {
      // PostgreSQL refuses to run as root; in a user namespace of its own it is nobody.
      Collections.addAll(command, "unshare", "-U");
    }
    command.add(home.resolve("bin").resolve(program).toString());
    Collections.addAll(command, arguments);
    try {
      // A file, not a pipe: the server that pg_ctl leaves behind could keep a pipe open.
      Path output = Files.createTempFile("tidemark-", ".out");
      try {
        return run(command, directory, output);
      } finally {
        Files.delete(output);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot run " + command, e);
    }
  }

  private static String run(List<String> command, Path directory, Path output) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    MoneyLocales.addTo(builder.environment(), directory);
    Process process = builder.start();
    boolean ended;
    try {
      ended = process.waitFor(COMMAND_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      ended = false;
    }
    if (!ended) {
      process.destroyForcibly();
    }
    String text = Files.readString(output, StandardCharsets.UTF_8);
    if (!ended || process.exitValue() != 0) {
      throw new IllegalStateException(
          "%s %s:%n%s"
              .formatted(
                  String.join(" ", command),
                  ended ? "ended with status " + process.exitValue() : "did not end",
                  text));
    }
    return text;
  }
}
