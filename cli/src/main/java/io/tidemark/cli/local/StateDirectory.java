package io.tidemark.cli.local;

import io.tidemark.jobs.Failure;
import io.tidemark.jobs.Problem;
import io.tidemark.testkit.Directories;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.flink.runtime.checkpoint.Checkpoints;

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
  public static final String REMEDY =
      "free space there, or name another directory that can be written";

  private static final String METADATA = "_metadata";
  private static final String PROPERTIES = "capture.properties";

  /** What Flink names its directories: nothing else here is ours to read or to delete. */
  private static final Pattern JOB = Pattern.compile("[0-9a-f]{32}");

  private static final Pattern CHECKPOINT = Pattern.compile("chk-[0-9]+");
  private static final Pattern SAVEPOINT = Pattern.compile("savepoint-.+");
  private static final Pattern SHARED = Pattern.compile("shared|taskowned");

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
          "cannot keep state in " + directory + ": " + Problem.describe(e) + "; " + REMEDY, e);
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
   * Keeps what the state is of; or, if there is a state, checks that it is of the same, as far as
   * that was kept.
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
              .filter(each -> kept.containsKey(each.getKey()))
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
      throw new Failure("cannot write " + file + ": " + Problem.describe(e) + "; " + REMEDY, e);
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

  /**
   * The newest complete checkpoint or savepoint, if there is one: the one of the highest number, as
   * each run goes on with the numbers of the state that it began with.
   */
  public Optional<Path> newest() throws IOException {
    List<Path> states = new ArrayList<>(children(savepoints(), SAVEPOINT));
    for (Path job : children(checkpoints(), JOB)) {
      states.addAll(children(job, CHECKPOINT));
    }
    Path newest = null;
    long highest = -1;
    for (Path state : states) {
      Path metadata = state.resolve(METADATA);
      if (Files.isRegularFile(metadata)) {
        long number = number(metadata);
        if (number > highest) {
          highest = number;
          newest = state;
        }
      }
    }
    return Optional.ofNullable(newest);
  }

  private static long number(Path metadata) {
    try (DataInputStream in =
        new DataInputStream(new BufferedInputStream(Files.newInputStream(metadata)))) {
      return Checkpoints.loadCheckpointMetadata(
              in, StateDirectory.class.getClassLoader(), metadata.getParent().toString())
          .getCheckpointId();
    } catch (IOException e) {
      throw new Failure(
          "cannot go on from the state in %s: %s; name another directory to start anew"
              .formatted(metadata.getParent(), Problem.describe(e)),
          e);
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
    for (Path savepoint : children(savepoints(), SAVEPOINT)) {
      deleteUnless(newest, savepoint);
    }
    deleteIfEmpty(savepoints());
    for (Path job : children(checkpoints(), JOB)) {
      for (Path checkpoint : children(job, CHECKPOINT)) {
        deleteUnless(newest, checkpoint);
      }
      // Whether the newest state refers to what is in these, Flink alone knows.
      for (Path shared : children(job, SHARED)) {
        deleteIfEmpty(shared);
      }
      deleteIfEmpty(job);
    }
    return newest;
  }

  private static void deleteUnless(Optional<Path> newest, Path state) throws IOException {
    if (!newest.equals(Optional.of(state))) {
      Directories.delete(state);
    }
  }

  private static void deleteIfEmpty(Path directory) throws IOException {
    try {
      Files.deleteIfExists(directory);
    } catch (DirectoryNotEmptyException e) {
      // There is something in it.
    }
  }

  private static List<Path> children(Path directory, Pattern names) throws IOException {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> children = Files.list(directory)) {
      return children
          .filter(child -> names.matcher(child.getFileName().toString()).matches())
          .toList();
    }
  }

  /** Has a file, or a directory's entries, on the disk. */
  private static void force(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      channel.force(true);
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
