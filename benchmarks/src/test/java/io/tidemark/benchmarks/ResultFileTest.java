package io.tidemark.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.jobs.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultFileTest {
  private static final Report REPORT =
      new Report(
          new Invocation("tidemark benchmark jmh", Map.of()),
          Instant.EPOCH,
          Checkout.UNKNOWN,
          new Machine(2, 1, "Linux", Optional.empty()),
          new Versions("17", Optional.empty(), Optional.empty(), Optional.empty()),
          List.of());

  @TempDir Path directory;

  @Test
  void theResultReplacesWhatWasThereAndNothingElseIsLeft() throws IOException {
    Path path = Files.writeString(directory.resolve("result.json"), "of before");
    ResultFile file = ResultFile.at(path);
    assertThat(path).hasContent("of before");

    file.write(REPORT);

    assertThat(Files.readString(path)).startsWith("{").endsWith("}\n");
    assertThat(directory).isDirectoryContaining(path::equals);
    assertThat(directory.toFile().list()).containsExactly("result.json");
  }

  @Test
  void aLinkStaysOne() throws IOException {
    Path path = Files.writeString(directory.resolve("result.json"), "of before");
    Path link = Files.createSymbolicLink(directory.resolve("latest.json"), path);

    ResultFile.at(link).write(REPORT);

    assertThat(link).isSymbolicLink();
    assertThat(Files.readString(path)).startsWith("{");
  }

  @Test
  void aFileThatIsCheckedIsNotMade() {
    ResultFile.at(directory.resolve("result.json"));

    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void whatCannotBeAFileIsRefusedWithWhatToDo() {
    assertRefused(directory, "is a directory: name a file in it");
    assertRefused(Path.of(""), "is a directory: name a file in it");
    assertRefused(Path.of("/dev/null"), "no regular file: name another");
    assertRefused(directory.resolve("none/result.json"), "is no directory: make it");
    assertRefused(directory.resolve("x".repeat(300)), "cannot be written: name one");
  }

  @Test
  void aDirectoryThatIsGoneAtTheEndIsAFailureThatSaysWhereTheResultIs() throws IOException {
    Path gone = Files.createDirectory(directory.resolve("gone"));
    ResultFile file = ResultFile.at(gone.resolve("result.json"));
    Files.delete(gone);

    assertThatThrownBy(() -> file.write(REPORT))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("result.json")
        .hasMessageContaining("standard output has its lines");
  }

  private static void assertRefused(Path path, String message) {
    assertThatThrownBy(() -> ResultFile.at(path))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'" + path + "'")
        .hasMessageContaining(message);
  }
}
