package io.tidemark.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * A shell process that outlives this JVM, however it ends. Then it stops the processes whose ids
 * are in files {@code *.pid} one level below its directory, and deletes the directory.
 *
 * <p>It reads a pipe that only this JVM holds open, so that also {@code kill -9} of the JVM wakes
 * it. It ignores Ctrl-C. There is no shutdown hook: hooks run at the same time, so one here would
 * stop servers that another one, which ends a program in an orderly way, still needs.
 */
public final class Watchdog implements AutoCloseable {
  private final Process process;

  private Watchdog(Process process) {
    this.process = process;
  }

  /** Starts a watchdog for a directory that this process owns. */
  public static Watchdog over(Path directory) {
    try (InputStream script = Watchdog.class.getResourceAsStream("watchdog.sh")) {
      if (script == null) {
        throw new IllegalStateException("watchdog.sh is missing beside " + Watchdog.class);
      }
      String text = new String(script.readAllBytes(), StandardCharsets.UTF_8);
      return new Watchdog(
          new ProcessBuilder("sh", "-c", text, directory.toAbsolutePath().toString())
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start());
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot start the watchdog over " + directory, e);
    }
  }

  /** Lets the watchdog do its work now, and waits for its end. */
  @Override
  public void close() {
    try {
      process.getOutputStream().close();
      process.waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot close the watchdog's pipe", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
