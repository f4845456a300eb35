package io.tidemark.benchmarks;

import io.tidemark.jobs.Failure;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * PostgreSQL's own client programs, which are not among the embedded binaries.
 *
 * @param psql the program psql
 * @param pgRecvlogical the program pg_recvlogical
 */
record PostgresTools(Path psql, Path pgRecvlogical) {
  private static final Path DEBIAN = Path.of("/usr/lib/postgresql");

  /**
   * Finds them in Debian's directories, newest first (what Debian has on the PATH are scripts), or
   * on the PATH.
   *
   * @throws Failure if one is missing, naming the package
   */
  static PostgresTools find() {
    return find(directories());
  }

  /**
   * Finds pgbench, which Debian has in the server's package.
   *
   * @throws Failure if it is missing, naming the package
   */
  static Path pgbench() {
    return find("pgbench", "postgresql-15, or postgresql", directories());
  }

  private static List<Path> directories() {
    List<Path> directories = new ArrayList<>(debian(DEBIAN));
    for (String entry : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
      if (!entry.isEmpty()) {
        directories.add(Path.of(entry));
      }
    }
    return directories;
  }

  static PostgresTools find(List<Path> directories) {
    String debianPackage = "postgresql-client-15, or postgresql-client";
    return new PostgresTools(
        find("psql", debianPackage, directories),
        find("pg_recvlogical", debianPackage, directories));
  }

  private static Path find(String program, String debianPackage, List<Path> directories) {
    return directories.stream()
        .map(directory -> directory.resolve(program))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow(
            () ->
                new Failure(
                    program
                        + " is missing, which Tidemark is measured beside: it is neither on the"
                        + " PATH nor in "
                        + DEBIAN
                        + "/*/bin. Install PostgreSQL's tools, on Debian the package "
                        + debianPackage
                        + " for the newest; on macOS 'brew install postgresql'"));
  }

  private static List<Path> debian(Path root) {
    if (!Files.isDirectory(root)) {
      return List.of();
    }
    try (Stream<Path> versions = Files.list(root)) {
      return versions
          .filter(version -> version.getFileName().toString().matches("\\d+"))
          .sorted(
              Comparator.comparing(
                      (Path version) -> Integer.valueOf(version.getFileName().toString()))
                  .reversed())
          .map(version -> version.resolve("bin"))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + root, e);
    }
  }
}
