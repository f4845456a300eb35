package io.tidemark.benchmarks;

import io.tidemark.jobs.Failure;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * A file for a result. Until the result is there it is left as it is; then it is replaced at once.
 */
final class ResultFile {
  private final Path file;
  private final Path unfinished;

  private ResultFile(Path file) {
    this.file = file;
    this.unfinished =
        file.resolveSibling(
            ".%s.%d.tmp".formatted(file.getFileName(), ProcessHandle.current().pid()));
  }

  /**
   * A file that can be written, new or to be replaced; a link stays one.
   *
   * @throws IllegalArgumentException if it cannot, with what to do
   */
  static ResultFile at(Path path) {
    if (Files.isDirectory(path) || path.getFileName().toString().isEmpty()) {
      throw new IllegalArgumentException("'%s' is a directory: name a file in it".formatted(path));
    }
    if (Files.exists(path) && !(Files.isRegularFile(path) && Files.isWritable(path))) {
      throw new IllegalArgumentException(
          "'%s' is there and cannot be replaced, as it is write-protected or no regular file: name another"
              .formatted(path));
    }
    Path directory = path.toAbsolutePath().getParent();
    if (!Files.isDirectory(directory)) {
      throw new IllegalArgumentException(
          "'%s' would be in %s, which is no directory: make it, or name a file elsewhere"
              .formatted(path, directory));
    }
    try {
      ResultFile result = new ResultFile(Files.exists(path) ? path.toRealPath() : path);
      Files.newOutputStream(result.unfinished).close();
      Files.delete(result.unfinished);
      return result;
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "'%s' cannot be written: name one in a directory that you may write to (%s)"
              .formatted(path, e),
          e);
    }
  }

  /**
   * Writes it.
   *
   * @throws Failure if that is not possible any more
   */
  void write(Report report) {
    try {
      try (OutputStream out = Files.newOutputStream(unfinished)) {
        report.writeTo(out);
      }
      Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      discard();
      throw new Failure(
          "the result cannot be written to %s, though it could before; standard output has its lines"
              .formatted(file),
          e);
    }
  }

  private void discard() {
    try {
      Files.deleteIfExists(unfinished);
    } catch (IOException e) {
      // The caller tells why there is no result.
    }
  }
}
