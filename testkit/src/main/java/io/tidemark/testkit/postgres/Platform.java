package io.tidemark.testkit.postgres;

import java.util.Locale;

/** What the operating system changes: which archive fits, and how to start PostgreSQL as root. */
final class Platform {
  private Platform() {}

  /** The archive's name for this machine: {@code linux-amd64}, {@code darwin-arm64v8}. */
  static String name() {
    return name(System.getProperty("os.name"), System.getProperty("os.arch"));
  }

  static String name(String system, String architecture) {
    String lower = system.toLowerCase(Locale.ROOT);
    String os = lower.startsWith("linux") ? "linux" : lower.startsWith("mac") ? "darwin" : null;
    String arch =
        switch (architecture) {
          case "amd64", "x86_64" -> "amd64";
          case "aarch64", "arm64" -> "arm64v8";
          default -> null;
        };
    if (os == null || arch == null) {
      throw new IllegalStateException(
          "No PostgreSQL archive exists for %s on %s; name an installation with -D%s=DIR"
              .formatted(system, architecture, PostgresInstallation.HOME));
    }
    return os + "-" + arch;
  }

  static boolean isMac() {
    return System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("mac");
  }

  static boolean isRoot() {
    return System.getProperty("user.name").equals("root");
  }
}
