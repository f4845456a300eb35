package io.tidemark.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.jobs.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PostgresToolsTest {
  @TempDir Path first;
  @TempDir Path second;

  @Test
  void areTakenFromTheFirstDirectoryThatHasThem() throws IOException {
    Path psql = program(first, "psql");
    program(second, "psql");
    Path pgRecvlogical = program(second, "pg_recvlogical");

    assertThat(PostgresTools.find(List.of(first, second)))
        .isEqualTo(new PostgresTools(psql, pgRecvlogical));
  }

  @Test
  void aMissingOneIsNamedWithItsPackage() throws IOException {
    program(first, "psql");

    assertThatThrownBy(() -> PostgresTools.find(List.of(first)))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("pg_recvlogical")
        .hasMessageContaining("postgresql-client-15");
  }

  private static Path program(Path directory, String name) throws IOException {
    Path file = Files.createFile(directory.resolve(name));
    assertThat(file.toFile().setExecutable(true)).isTrue();
    return file;
  }
}
