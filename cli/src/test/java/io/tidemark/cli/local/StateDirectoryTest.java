package io.tidemark.cli.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.jobs.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateDirectoryTest {
  @TempDir private Path directory;

  @Test
  void theNewestCompleteSnapshotIsFoundAmongCheckpointsAndSavepoints() throws IOException {
    try (StateDirectory state = StateDirectory.open(directory.resolve("new"))) {
      assertThat(state.newest()).isEmpty();

      complete(state.checkpoints().resolve("job-a").resolve("chk-9"), 1_000);
      Path newest = complete(state.savepoints().resolve("savepoint-1"), 3_000);
      complete(state.checkpoints().resolve("job-b").resolve("chk-3"), 2_000);
      Files.createDirectories(state.checkpoints().resolve("job-b").resolve("chk-4"));

      assertThat(state.newest()).contains(newest);
    }
  }

  @Test
  void twoCapturesDoNotShareAState() throws IOException {
    try (StateDirectory state = StateDirectory.open(directory)) {
      assertThat(state.newest()).isEmpty();
      assertThatThrownBy(() -> StateDirectory.open(directory))
          .isInstanceOf(Failure.class)
          .hasMessageContaining("another capture uses the state in " + directory);
    }
    StateDirectory.open(directory).close();
  }

  @Test
  void aPlaceThatIsNoDirectoryIsRefused() throws IOException {
    Path file = Files.createFile(directory.resolve("file"));

    assertThatThrownBy(() -> StateDirectory.open(file))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("cannot keep state in " + file);
  }

  @Test
  void aStateIsNotUsedForAnotherCapture() throws IOException {
    try (StateDirectory state = StateDirectory.open(directory)) {
      state.requireSame(Map.of("--slot", "a", "--lanes", "1"));
      state.requireSame(Map.of("--slot", "b", "--lanes", "1"));
      complete(state.savepoints().resolve("savepoint-1"), 1_000);
      state.requireSame(Map.of("--slot", "b", "--lanes", "1"));
      assertThatThrownBy(() -> state.requireSame(Map.of("--slot", "a", "--lanes", "2")))
          .isInstanceOf(Failure.class)
          .hasMessageContaining("--slot a instead of b")
          .hasMessageContaining("--lanes 2 instead of 1");
    }
  }

  private static Path complete(Path snapshot, long modified) throws IOException {
    Files.createDirectories(snapshot);
    Path metadata = Files.createFile(snapshot.resolve("_metadata"));
    Files.setLastModifiedTime(metadata, FileTime.fromMillis(modified));
    return snapshot;
  }
}
