package io.tidemark.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The checkout that the command line was started from. */
final class Checkout {
  static final String UNKNOWN = "unknown";

  /** The launcher's word for where it lies. */
  private static final String DIRECTORY = "tidemark.checkout";

  private Checkout() {}

  /** Its commit, as {@link #commit(Path)} has it. */
  static String commit() throws IOException, InterruptedException {
    String directory = System.getProperty(DIRECTORY);
    return directory == null ? UNKNOWN : commit(Path.of(directory));
  }

  /**
   * What {@code git describe --always --dirty} says of a directory, or {@link #UNKNOWN}: also of
   * one that is only within a checkout of something else.
   */
  static String commit(Path directory) throws IOException, InterruptedException {
    if (!Files.exists(directory.resolve(".git"))) {
      return UNKNOWN;
    }
    Process git;
    try {
      git =
          new ProcessBuilder("git", "describe", "--always", "--dirty")
              .directory(directory.toFile())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
    } catch (IOException e) {
      return UNKNOWN; // there is no git
    }
    String said = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    return git.waitFor() == 0 && !said.isEmpty() ? said : UNKNOWN;
  }
}
