package io.tidemark.cli.local;

import io.tidemark.jobs.Failure;
import io.tidemark.jobs.Problem;
import io.tidemark.testkit.Directories;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.UserPrincipal;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A folder of this process in {@code java.io.tmpdir}, for what nobody needs after it. It is gone
 * when the process ends. One that a kill left behind is deleted by the next process that makes one:
 * the lock in it is free then.
 */
public final class TemporaryFolder {
  private static final Logger LOG = LoggerFactory.getLogger(TemporaryFolder.class);
  private static final String PREFIX = "tidemark-process-";
  private static final String LOCK = "lock";

  /** At the end other threads may still write. */
  private static final int ATTEMPTS = 5;

  private static TemporaryFolder made;

  private final Path path;

  /** Held for as long as the process lives. */
  private final FileChannel lock;

  private TemporaryFolder(Path path, FileChannel lock) {
    this.path = path;
    this.lock = lock;
  }

  /**
   * Where it is.
   *
   * @throws Failure if it cannot be made
   */
  public static synchronized Path path() {
    if (made == null) {
      Path parent = Path.of(System.getProperty("java.io.tmpdir"));
      try {
        made = make(parent);
      } catch (IOException e) {
        throw failure(parent, e);
      }
      Runtime.getRuntime().addShutdownHook(new Thread(made::delete, "tidemark-temporary-files"));
    }
    return made.path;
  }

  /** What keeps files from being written there, with what to do. */
  static Failure failure(Path folder, Throwable cause) {
    return new Failure(
        "cannot keep temporary files in %s: %s; free space there, or name another directory by TIDEMARK_JAVA_OPTS=-Djava.io.tmpdir=DIR"
            .formatted(folder, Problem.reason(cause)),
        cause);
  }

  /** Makes one in a directory, after which what others left behind there is gone. */
  static TemporaryFolder make(Path parent) throws IOException {
    // Under its name it has its lock from the first moment on: another process would delete it.
    Path young = Files.createTempDirectory(parent, ".tidemark-");
    FileChannel lock =
        FileChannel.open(
            young.resolve(LOCK), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    FileLock unused = lock.lock();
    String name = young.getFileName().toString().replace(".tidemark-", PREFIX);
    Path path = Files.move(young, young.resolveSibling(name), StandardCopyOption.ATOMIC_MOVE);
    sweep(parent, path);
    return new TemporaryFolder(path, lock);
  }

  /**
   * Deletes what processes of the same user left behind that are gone. This one's own lock is not
   * even opened: the system lets go of all of a process's locks on a file when any channel of it is
   * closed.
   */
  private static void sweep(Path parent, Path own) throws IOException {
    UserPrincipal owner = Files.getOwner(own);
    try (DirectoryStream<Path> folders = Files.newDirectoryStream(parent, PREFIX + "*")) {
      for (Path folder : folders) {
        try {
          if (!folder.getFileName().equals(own.getFileName())
              && Files.getOwner(folder).equals(owner)
              && isFree(folder.resolve(LOCK))) {
            Directories.delete(folder);
          }
        } catch (IOException e) {
          LOG.debug("{} stays: another process deletes it, or will", folder, e);
        }
      }
    }
  }

  private static boolean isFree(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock()) {
      return lock != null;
    }
  }

  /** Where this one is. */
  Path folder() {
    return path;
  }

  void delete() {
    try (lock) {
      for (int i = 0; i < ATTEMPTS && Files.exists(path); i++) {
        deleteNow();
      }
    } catch (IOException e) {
      LOG.debug("The lock in {} was not closed", path, e);
    }
  }

  private void deleteNow() {
    try {
      Directories.delete(path);
    } catch (IOException e) {
      LOG.debug("Someone has written to {} meanwhile", path, e);
    }
  }
}
