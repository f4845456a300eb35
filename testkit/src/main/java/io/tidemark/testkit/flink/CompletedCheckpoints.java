package io.tidemark.testkit.flink;

import java.io.File;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Flink's checkpoints as they lie in its checkpoint directory: {@code <job>/chk-<number>}. */
public final class CompletedCheckpoints {
  private CompletedCheckpoints() {}

  /** Those that were completed and kept, of all jobs, from the oldest to the newest. */
  public static List<Path> in(Path directory) {
    return children(directory.toFile())
        .flatMap(CompletedCheckpoints::children)
        .filter(checkpoint -> new File(checkpoint, "_metadata").exists())
        .map(File::toPath)
        .sorted(Comparator.comparingInt(CompletedCheckpoints::number))
        .toList();
  }

  /** None of a directory that is gone: checkpoints under way come and go meanwhile. */
  private static Stream<File> children(File directory) {
    File[] files = directory.listFiles();
    return files == null ? Stream.empty() : Stream.of(files);
  }

  private static int number(Path checkpoint) {
    return Integer.parseInt(checkpoint.getFileName().toString().substring("chk-".length()));
  }
}
