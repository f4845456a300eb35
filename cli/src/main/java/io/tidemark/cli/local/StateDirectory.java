package io.tidemark.cli.local;

import io.tidemark.jobs.Failure;
import io.tidemark.jobs.Problem;
import io.tidemark.testkit.Directories;
import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
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
 * a time has it. It holds what the next run needs and nothing else, but while a run is under way:
 *
 * <ul>
 *   <li>{@code checkpoints/JOB/chk-N} or {@code savepoints/NAME}: the newest state, from a run that
 *       failed or was killed, or from one that ended in order;
 *   <li>{@code capture.properties}: what the state is of;
 *   <li>{@code lock}: an empty file, for the lock of who has it.
 * </ul>
 */
public final class StateDirectory implements AutoCloseable {
  /** What to do where nothing can be written. */
  public static final String TODO =
      "free space there, or name another directory that can be written";

  private static final String METADATA = "_metadata";
  private static final String PROPERTIES = "capture.properties";

  /** DIR/checkpoints/JOB/chk-N/_metadata is the deepest. */
  private static final int DEPTH = 4;

  private final Path directory;
  private final FileChannel lock;
  private final boolean temporary;

  private StateDirectory(Path directory, FileChannel lock, boolean temporary) {
    this.directory = directory;
    this.lock = lock;
    this.temporary = temporary;
  }

  /**
   * Opens a directory, which is made if it does not exist.
   *
   * @throws Failure if another process has it, or it cannot be written to
   */
  public static StateDirectory open(Path directory) {
    return open(directory, false);
  }

  /** One that is gone when it is closed. */
  public static StateDirectory temporary() throws IOException {
    return open(Files.createTempDirectory(TemporaryFolder.path(), "capture-"), true);
  }

  private static StateDirectory open(Path directory, boolean temporary) {
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
      return new StateDirectory(directory.toAbsolutePath(), channel, temporary);
    } catch (IOException e) {
      throw new Failure(
          "cannot keep state in " + directory + ": " + Problem.describe(e) + "; " + TODO, e);
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
    Path file = directory.resolve(PROPERTIES);
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
    Path whole = directory.resolve(PROPERTIES + ".new");
    try {
      try (Writer writer = Files.newBufferedWriter(whole)) {
        now.store(writer, "what the state in this directory is of");
      }
      force(whole);
      Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      Files.deleteIfExists(whole);
      throw new Failure("cannot write " + file + ": " + Problem.describe(e) + "; " + TODO, e);
    }
  }

  /** Whether it is gone when it is closed. */
  public boolean isTemporary() {
    return temporary;
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

  /**
   * Deletes all but the newest state: what former runs left behind, and what they did not complete.
   * Not while a job writes here. What is kept is on the disk before anything is deleted.
   *
   * @return the newest state, if there is one
   */
  public Optional<Path> keepNewest() throws IOException {
    Optional<Path> newest = newest();
    if (newest.isPresent()) {
      try (Stream<Path> files = Files.walk(newest.get())) {
        for (Path file : (Iterable<Path>) files::iterator) {
          force(file);
        }
      }
      force(newest.get().getParent());
    }
    keepOnly(savepoints(), newest);
    for (Path job : children(checkpoints())) {
      keepOnly(job, newest);
    }
    return newest;
  }

  /**
   * Deletes what a directory has beside the newest state, and the directory itself if nothing is
   * left. A job's folders {@code shared} and {@code taskowned} stay if there is something in them:
   * only Flink knows whether the newest state refers to it.
   */
  private static void keepOnly(Path directory, Optional<Path> newest) throws IOException {
    for (Path child : children(directory)) {
      String name = child.getFileName().toString();
      boolean referred = name.equals("shared") || name.equals("taskowned");
      if (!newest.equals(Optional.of(child)) && !(referred && !children(child).isEmpty())) {
        Directories.delete(child);
      }
    }
    if (children(directory).isEmpty()) {
      Files.deleteIfExists(directory);
    }
  }

  private static List<Path> children(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> children = Files.list(directory)) {
      return children.toList();
    }
  }

  /** Has a file, or a directory's entries, on the disk. */
  private static void force(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private static FileTime modified(Path file) {
    try {
      return Files.getLastModifiedTime(file);
    } catch (IOException e) {
      throw new Failure("cannot read " + file + ": " + Problem.describe(e), e);
    }
  }

  @Override
  public void close() throws IOException {
    lock.close();
    if (temporary) {
      Directories.delete(directory);
    }
  }
}
