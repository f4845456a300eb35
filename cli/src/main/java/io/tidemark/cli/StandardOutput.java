package io.tidemark.cli;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Standard output for a stream of lines: buffered, and flushed when a moment has passed. Unlike
 * {@link System#out} it tells when nobody reads it any more.
 */
final class StandardOutput {
  private static final int BUFFER = 1 << 16;
  private static final long FLUSH_MILLIS = 50;

  private static final StandardOutput INSTANCE =
      new StandardOutput(new FileOutputStream(FileDescriptor.out));

  private final OutputStream out;
  private boolean dirty;
  private boolean flushing;

  StandardOutput(OutputStream out) {
    this.out = new BufferedOutputStream(out, BUFFER);
  }

  static StandardOutput get() {
    return INSTANCE;
  }

  /** Prints whole lines, each with its end. */
  synchronized void print(ByteArrayOutputStream lines) throws IOException {
    if (!flushing) {
      flushing = true;
      Thread thread = new Thread(this::flushNowAndThen, "stdout-flush");
      thread.setDaemon(true);
      thread.start();
    }
    lines.writeTo(out);
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

  synchronized void flush() throws IOException {
    out.flush();
    dirty = false;
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
