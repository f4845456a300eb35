package io.tidemark.cli;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * Standard output for a stream of lines: buffered, and flushed when a moment has passed. Unlike
 * {@link System#out} it tells when nobody reads it any more.
 */
final class StandardOutput {
  private static final int BUFFER = 1 << 16;
  private static final long FLUSH_MILLIS = 50;

  /** The type of a file within its mode, and those that have a reader. */
  private static final int FILE_TYPE = 0170000;

  private static final int PIPE = 0010000;
  private static final int SOCKET = 0140000;

  private static final StandardOutput INSTANCE =
      new StandardOutput(new FileOutputStream(FileDescriptor.out), StandardOutput::isPiped);

  private final OutputStream out;
  private final BooleanSupplier piped;
  private boolean dirty;
  private boolean flushing;

  /** What it failed with first since all was handed over last; null if it did not. */
  private IOException failure;

  /**
   * @param piped whether a process reads it: then it is gone if writing fails
   */
  StandardOutput(OutputStream out, BooleanSupplier piped) {
    this.out = new BufferedOutputStream(out, BUFFER);
    this.piped = piped;
  }

  static StandardOutput get() {
    return INSTANCE;
  }

  private static boolean isPiped() {
    try {
      int type = (int) Files.getAttribute(Path.of("/dev/stdout"), "unix:mode") & FILE_TYPE;
      return type == PIPE || type == SOCKET;
    } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
      return true; // it cannot be told; a reader that goes away is more common than a full disk
    }
  }

  /**
   * Prints whole lines, each with its end.
   *
   * @throws ReaderGoneException if nobody reads it any more
   */
  synchronized void print(ByteArrayOutputStream lines) throws IOException {
    if (!flushing) {
      flushing = true;
      Thread thread = new Thread(this::flushNowAndThen, "stdout-flush");
      thread.setDaemon(true);
      thread.start();
    }
    try {
      lines.writeTo(out);
    } catch (IOException e) {
      throw problem(e);
    }
    if (!dirty) {
      dirty = true;
      notifyAll();
    }
  }

  /** Prints a line. */
  void line(String text) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    line.writeBytes(text.getBytes(StandardCharsets.UTF_8));
    line.write('\n');
    print(line);
  }

  /**
   * Hands over what was printed.
   *
   * @throws ReaderGoneException if nobody reads it any more
   */
  synchronized void flush() throws IOException {
    try {
      out.flush();
    } catch (IOException e) {
      throw problem(e);
    }
    dirty = false;
    failure = null;
  }

  private IOException problem(IOException e) {
    if (failure == null) {
      failure =
          piped.getAsBoolean()
              ? new ReaderGoneException()
              : new IOException("cannot write to standard output: " + e.getMessage(), e);
    }
    return failure;
  }

  /**
   * What it failed with first since all was handed over last: it came before what else went wrong.
   */
  synchronized Optional<IOException> failure() {
    return Optional.ofNullable(failure);
  }

  private synchronized void flushNowAndThen() {
    try {
      while (true) {
        while (!dirty) {
          wait();
        }
        wait(FLUSH_MILLIS); // more lines may come; a wake-up too early does no harm
        flush();
      }
    } catch (IOException e) {
      flushing = false; // the next line or flush meets the same error, and can tell
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
