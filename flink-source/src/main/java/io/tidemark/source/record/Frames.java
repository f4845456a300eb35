package io.tidemark.source.record;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataInputViewStreamWrapper;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.core.memory.DataOutputViewStreamWrapper;

/**
 * Bytes in frames, each behind its length (int), ended by a length of 0. A checkpoint's stream
 * costs as much for one field as for thousands, and what reads it must not read beyond its end:
 * frames let both sides take many fields at a time. What is larger than a frame is one of its own.
 */
public final class Frames {
  private static final int FRAME = 1 << 16;

  private Frames() {}

  /** Writes something as frames. */
  @FunctionalInterface
  public interface Writer {
    /** Writes it. */
    void write(DataOutputView out) throws IOException;
  }

  /** Reads something out of frames. */
  @FunctionalInterface
  public interface Reader<T> {
    /** Reads it. */
    T read(DataInputView in) throws IOException;
  }

  /** Writes what the writer writes, in frames. */
  public static void write(DataOutputView out, Writer writer) throws IOException {
    Output frames = new Output(out);
    writer.write(new DataOutputViewStreamWrapper(frames));
    frames.flush();
    out.writeInt(0);
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @throws IOException also if the reader leaves some of it
   */
  public static <T> T read(DataInputView in, Reader<T> reader) throws IOException {
    Input frames = new Input(in);
    T read = reader.read(new DataInputViewStreamWrapper(frames));
    if (frames.read() >= 0) {
      throw new IOException("frames hold more than what was to be read");
    }
    return read;
  }

  private static final class Output extends OutputStream {
    private final DataOutputView out;
    private final byte[] frame = new byte[FRAME];
    private int size;

    Output(DataOutputView out) {
      this.out = out;
    }

    @Override
    public void write(int value) throws IOException {
      if (size == FRAME) {
        flush();
      }
      frame[size++] = (byte) value;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      if (length > FRAME - size) {
        flush();
      }
      if (length > FRAME) {
        Fields.writeBytes(bytes, offset, length, out);
      } else {
        System.arraycopy(bytes, offset, frame, size, length);
        size += length;
      }
    }

    @Override
    public void flush() throws IOException {
      if (size > 0) {
        Fields.writeBytes(frame, 0, size, out);
        size = 0;
      }
    }
  }

  private static final class Input extends InputStream {
    private final DataInputView in;
    private final byte[] frame = new byte[FRAME];
    private int at;
    private int size;

    /** Of a frame that is larger than the buffer: bytes that were not read yet. */
    private int left;

    private boolean ended;

    Input(DataInputView in) {
      this.in = in;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      if (at < size) {
        return frame[at++] & 0xFF;
      }
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
      if (at == size && left == 0 && !next()) {
        return -1;
      }
      int count = Math.min(length, left > 0 ? left : size - at);
      if (left > 0) {
        in.readFully(to, offset, count);
        left -= count;
      } else {
        System.arraycopy(frame, at, to, offset, count);
        at += count;
      }
      return count;
    }

    private boolean next() throws IOException {
      int length = ended ? 0 : in.readInt();
      if (length < 0 || length > Fields.MAX_LENGTH) {
        throw new IOException("a frame of " + length + " bytes");
      }
      ended = length == 0;
      if (length > FRAME) {
        left = length;
      } else {
        in.readFully(frame, 0, length);
        at = 0;
        size = length;
      }
      return !ended;
    }
  }
}
