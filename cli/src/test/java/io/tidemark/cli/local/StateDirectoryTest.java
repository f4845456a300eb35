package io.tidemark.cli.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.jobs.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
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

  @Test
  void allButTheNewestStateIsDeleted() throws IOException {
    try (StateDirectory state = StateDirectory.open(directory)) {
      state.requireSame(Map.of("--slot", "a"));
      assertThat(state.keepNewest()).isEmpty();
      complete(state.checkpoints().resolve("job-a").resolve("chk-9"), 1_000);
      complete(state.savepoints().resolve("savepoint-1"), 2_000);
      Path job = state.checkpoints().resolve("job-b");
      Path newest = complete(job.resolve("chk-3"), 3_000);
      Files.writeString(newest.resolve("operator"), "its state");
      Files.createDirectories(job.resolve("chk-4"));
      Files.writeString(job.resolve("chk-4").resolve("operator"), "torn");
      Files.createDirectories(job.resolve("shared"));

      assertThat(state.keepNewest()).contains(newest);

      assertThat(files())
          .containsExactlyInAnyOrder(
              "lock",
              "capture.properties",
              "checkpoints",
              "checkpoints/job-b",
              "checkpoints/job-b/chk-3",
              "checkpoints/job-b/chk-3/_metadata",
              "checkpoints/job-b/chk-3/operator");
    }
  }

  @Test
  void whatOtherStatesMayReferToStays() throws IOException {
    try (StateDirectory state = StateDirectory.open(directory)) {
      Path former = state.checkpoints().resolve("job-a");
      complete(former.resolve("chk-9"), 1_000);
      Files.createDirectories(former.resolve("shared"));
      Files.writeString(former.resolve("shared").resolve("file"), "of the next one, too");
      complete(state.checkpoints().resolve("job-b").resolve("chk-3"), 3_000);

      state.keepNewest();

      assertThat(files())
          .contains("checkpoints/job-a/shared/file")
          .doesNotContain("checkpoints/job-a/chk-9");
    }
  }

  @Test
  void aTemporaryOneIsGoneAtItsEnd() throws IOException {
    Path checkpoints;
    try (StateDirectory state = StateDirectory.temporary()) {
      checkpoints = Files.createDirectories(state.checkpoints());
      assertThat(state.isTemporary()).isTrue();
    }
    assertThat(checkpoints.getParent()).doesNotExist();
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.skip(1).map(file -> directory.relativize(file).toString()).toList();
    }
  }

  private static Path complete(Path snapshot, long modified) throws IOException {
    Files.createDirectories(snapshot);
    Path metadata = Files.createFile(snapshot.resolve("_metadata"));
    Files.setLastModifiedTime(metadata, FileTime.fromMillis(modified));
    return snapshot;
  }
}
