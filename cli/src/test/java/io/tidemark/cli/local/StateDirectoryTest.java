package io.tidemark.cli.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.jobs.Failure;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.flink.runtime.checkpoint.Checkpoints;
import org.apache.flink.runtime.checkpoint.metadata.CheckpointMetadata;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateDirectoryTest {
  private static final String JOB_A = "a".repeat(32);
  private static final String JOB_B = "b".repeat(32);

  @TempDir private Path directory;

  @Test
  void theNewestCompleteSnapshotIsFoundAmongCheckpointsAndSavepoints() throws IOException {
    try (StateDirectory state = StateDirectory.open(directory.resolve("new"))) {
      assertThat(state.newest()).isEmpty();

      complete(state.checkpoints().resolve(JOB_A).resolve("chk-9"), 9);
      Path newest = complete(state.savepoints().resolve("savepoint-1"), 10);
      complete(state.checkpoints().resolve(JOB_B).resolve("chk-3"), 3);
      Files.createDirectories(state.checkpoints().resolve(JOB_B).resolve("chk-12"));

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
      complete(state.savepoints().resolve("savepoint-1"), 1);
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
      complete(state.checkpoints().resolve(JOB_A).resolve("chk-9"), 9);
      complete(state.savepoints().resolve("savepoint-1"), 10);
      Path job = state.checkpoints().resolve(JOB_B);
      Path newest = complete(job.resolve("chk-11"), 11);
      Files.writeString(newest.resolve("operator"), "its state");
      Files.createDirectories(job.resolve("chk-12"));
      Files.writeString(job.resolve("chk-12").resolve("operator"), "torn");
      Files.createDirectories(job.resolve("shared"));

      assertThat(state.keepNewest()).contains(newest);

      assertThat(files())
          .containsExactlyInAnyOrder(
              "lock",
              "capture.properties",
              "checkpoints",
              "checkpoints/" + JOB_B,
              "checkpoints/" + JOB_B + "/chk-11",
              "checkpoints/" + JOB_B + "/chk-11/_metadata",
              "checkpoints/" + JOB_B + "/chk-11/operator");
    }
  }

  @Test
  void whatOtherStatesMayReferToStays() throws IOException {
    try (StateDirectory state = StateDirectory.open(directory)) {
      Path former = state.checkpoints().resolve(JOB_A);
      complete(former.resolve("chk-9"), 9);
      Files.createDirectories(former.resolve("shared"));
      Files.writeString(former.resolve("shared").resolve("file"), "of the next one, too");
      complete(state.checkpoints().resolve(JOB_B).resolve("chk-11"), 11);

      state.keepNewest();

      assertThat(files())
          .contains("checkpoints/" + JOB_A + "/shared/file")
          .doesNotContain("checkpoints/" + JOB_A + "/chk-9");
    }
  }

  @Test
  void whatIsNotOursStaysAndIsNotRead() throws IOException {
    List<String> others =
        List.of(
            "checkpoints/model/epoch.bin", "checkpoints/readme", "savepoints/game.sav", "notes");
    for (String other : others) {
      Path file = directory.resolve(other);
      Files.createDirectories(file.getParent());
      Files.writeString(file, "of someone else");
    }
    try (StateDirectory state = StateDirectory.open(directory)) {
      Path newest = complete(state.checkpoints().resolve(JOB_A).resolve("chk-1"), 1);
      assertThat(state.keepNewest()).contains(newest);
      assertThat(files()).containsAll(others);
    }
  }

  @Test
  void aStateThatCannotBeReadIsNamed() throws IOException {
    try (StateDirectory state = StateDirectory.open(directory)) {
      Path broken = Files.createDirectories(state.savepoints().resolve("savepoint-1"));
      Files.writeString(broken.resolve("_metadata"), "torn");
      assertThatThrownBy(state::keepNewest)
          .isInstanceOf(Failure.class)
          .hasMessageContaining("cannot go on from the state in " + broken);
      assertThat(broken).exists();
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

  private static Path complete(Path snapshot, long number) throws IOException {
    Files.createDirectories(snapshot);
    try (OutputStream out = Files.newOutputStream(snapshot.resolve("_metadata"))) {
      Checkpoints.storeCheckpointMetadata(
          new CheckpointMetadata(number, List.of(), List.of()), out);
    }
    return snapshot;
  }
}
