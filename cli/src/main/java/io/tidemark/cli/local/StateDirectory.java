package io.tidemark.cli.local;

import io.tidemark.jobs.Failure;
import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Stream;

/**
 * Where a capture keeps its checkpoints, so that its next run goes on where it was. One process at
 * a time has it.
 */
public final class StateDirectory implements AutoCloseable {
  private static final String METADATA = "_metadata";

  /** DIR/checkpoints/JOB/chk-N/_metadata is the deepest. */
  private static final int DEPTH = 4;

  private final Path directory;
  private final FileChannel lock;

  private StateDirectory(Path directory, FileChannel lock) {
    this.directory = directory;
    this.lock = lock;
  }

  /**
   * Opens a directory, which is made if it does not exist.
   *
   * @throws Failure if another process has it, or it cannot be written to
   */
  public static StateDirectory open(Path directory) {
    try {
      Files.createDirectories(directory);
      Path file = directory.resolve("lock");
      FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (!locked(channel)) {
        channel.close();
        throw new Failure(
            "another capture uses the state in " + directory + ": stop it, or name another one");
      }
      return new StateDirectory(directory.toAbsolutePath(), channel);
    } catch (IOException e) {
      throw new Failure(
          "cannot keep state in " + directory + ": " + e + "; name a directory that can be written",
          e);
    }
  }

  private static boolean locked(FileChannel channel) throws IOException {
    try {
      FileLock lock = channel.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false; // this process has it
    }
  }

  /**
   * Keeps what the state is of; or, if there is a state, checks that it is of the same.
   *
   * @param settings option to value; none that may change from run to run
   * @throws Failure naming all that differ
   */
  public void requireSame(Map<String, String> settings) throws IOException {
    Path file = directory.resolve("capture.properties");
    if (newest().isPresent() && Files.exists(file)) {
      Properties kept = new Properties();
      try (Reader reader = Files.newBufferedReader(file)) {
        kept.load(reader);
      }
      List<String> others =
          settings.entrySet().stream()
              .filter(each -> !each.getValue().equals(kept.getProperty(each.getKey())))
              .map(
                  each ->
                      "%s %s instead of %s"
                          .formatted(
                              each.getKey(), each.getValue(), kept.getProperty(each.getKey())))
              .toList();
      if (!others.isEmpty()) {
        throw new Failure(
            "the state in "
                + directory
                + " is of another capture: "
                + String.join(", ", others)
                + ". Give what it was, or name another directory to start anew");
      }
      return;
    }
    Properties now = new Properties();
    now.putAll(settings);
    try (Writer writer = Files.newBufferedWriter(file)) {
      now.store(writer, "what the state in this directory is of");
    }
  }

  /** Where checkpoints go. */
  public Path checkpoints() {
    return directory.resolve("checkpoints");
  }

  /** Where the last state of a run that ended in order goes. */
  public Path savepoints() {
    return directory.resolve("savepoints");
  }

  /** The newest complete checkpoint or savepoint, if there is one. */
  public Optional<Path> newest() throws IOException {
    try (Stream<Path> files = Files.walk(directory, DEPTH)) {
      return files
          .filter(file -> file.endsWith(METADATA))
          .max(Comparator.comparing(StateDirectory::modified))
          .map(Path::getParent);
    }
  }

  private static FileTime modified(Path file) {
    try {
      return Files.getLastModifiedTime(file);
    } catch (IOException e) {
      throw new Failure("cannot read " + file + ": " + e, e);
    }
  }

  @Override
  public void close() throws IOException {
    lock.close();
  }
}
