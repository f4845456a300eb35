package io.tidemark.cli.gateway;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * A file to which all consumers of a test append what they do, in whichever process: a store that
 * they share. The order of its lines is that in which they did it. A line is written at once, so
 * that the death of a process leaves no half of one.
 */
final class DeliveryRecord implements AutoCloseable {
  private final Path file;
  private final FileChannel channel;

  /** What was read of it so far, and up to where. */
  private final List<RecordedRow> rows = new ArrayList<>();

  private long end;

  private DeliveryRecord(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  static DeliveryRecord open(Path file) throws IOException {
    return new DeliveryRecord(
        file, FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND));
  }

  Path file() {
    return file;
  }

  /** From any thread. */
  void append(RecordedRow row) {
    try {
      ByteBuffer line = ByteBuffer.wrap(row.line().getBytes(StandardCharsets.UTF_8));
      synchronized (channel) {
        channel.write(line);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot record in " + file, e);
    }
  }

  /** All rows so far, in order; grows at the next call. */
  List<RecordedRow> rows() throws IOException {
    try (FileChannel reading = FileChannel.open(file)) {
      ByteBuffer more = ByteBuffer.allocate((int) (reading.size() - end));
      reading.position(end);
      while (more.hasRemaining() && reading.read(more) >= 0) {
        // Until all that was there is read.
      }
      String text = new String(more.array(), 0, more.position(), StandardCharsets.UTF_8);
      int whole = text.lastIndexOf('\n') + 1;
      text.substring(0, whole).lines().map(RecordedRow::parse).forEach(rows::add);
      end += whole;
    }
    return rows;
  }

  /** How many rows one consumer has recorded. */
  long count(String consumer) throws IOException {
    return rows().stream().filter(row -> row.consumer().equals(consumer)).count();
  }

  /** How many rows of dumps were recorded. */
  long reads() throws IOException {
    return rows().stream().filter(RecordedRow::isRead).count();
  }

  @Override
  public void close() throws IOException {
    channel.close();
    Files.deleteIfExists(file);
  }
}
