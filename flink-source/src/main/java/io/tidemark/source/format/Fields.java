package io.tidemark.source.format;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tidemark.postgres.TableName;
import io.tidemark.postgres.Tuple;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;

/**
 * Fields that the formats of this module are made of: numbers as {@link DataOutput} has them, big
 * endian; all else behind its length. Reading throws an {@link IOException} for what cannot have
 * been written, and allocates no more than about twice of what there is to read.
 */
public final class Fields {
  /** Of one value, in bytes: PostgreSQL's own limit. */
  public static final int MAX_LENGTH = 1 << 30;

  private static final int STEP = 1 << 20;
  private static final Tuple.Layout[] LAYOUTS = {Tuple.Layout.PGOUTPUT, Tuple.Layout.COPY};

  private Fields() {}

  /** Length (int), bytes. */
  public static void writeBytes(byte[] bytes, DataOutput out) throws IOException {
    writeBytes(bytes, 0, bytes.length, out);
  }

  /** Length (int), bytes, of a part of an array. */
  public static void writeBytes(byte[] bytes, int offset, int length, DataOutput out)
      throws IOException {
    out.writeInt(length);
    out.write(bytes, offset, length);
  }

  /** What {@link #writeBytes} wrote. */
  public static byte[] readBytes(DataInput in) throws IOException {
    int length = readCount(in, MAX_LENGTH);
    byte[] bytes = new byte[Math.min(length, STEP)];
    in.readFully(bytes);
    while (bytes.length < length) {
      int read = bytes.length;
      bytes = Arrays.copyOf(bytes, (int) Math.min(length, 2L * read));
      in.readFully(bytes, read, bytes.length - read);
    }
    return bytes;
  }

  /** A number of things that follow. */
  public static int readCount(DataInput in, int max) throws IOException {
    int count = in.readInt();
    if (count < 0 || count > max) {
      throw new IOException("a length of " + count + ", where at most " + max + " can be");
    }
    return count;
  }

  /** Length of the UTF-8 (int), UTF-8. */
  public static void writeString(String text, DataOutput out) throws IOException {
    writeBytes(text.getBytes(UTF_8), out);
  }

  /** What {@link #writeString} wrote. */
  public static String readString(DataInput in) throws IOException {
    return new String(readBytes(in), UTF_8);
  }

  /** One byte: 0 or 1. */
  public static boolean readFlag(DataInput in) throws IOException {
    return readOneOf(in, 2, "flag") == 1;
  }

  /** One byte, less than {@code count}. */
  static int readOneOf(DataInput in, int count, String what) throws IOException {
    int code = in.readUnsignedByte();
    if (code >= count) {
      throw new IOException("no " + what + " has the code " + code);
    }
    return code;
  }

  /** Schema (string), name (string). */
  public static void writeTable(TableName table, DataOutput out) throws IOException {
    writeString(table.schema(), out);
    writeString(table.name(), out);
  }

  /** What {@link #writeTable} wrote. */
  public static TableName readTable(DataInput in) throws IOException {
    return new TableName(readString(in), readString(in));
  }

  /** One byte: 0 no tuple, 1 in the layout of pgoutput, 2 in that of COPY; then the bytes. */
  public static void writeTuple(Tuple tuple, DataOutput out) throws IOException {
    if (tuple == null) {
      out.writeByte(0);
    } else {
      out.writeByte(tuple.layout() == LAYOUTS[0] ? 1 : 2);
      writeBytes(tuple.array(), tuple.offset(), tuple.length(), out);
    }
  }

  /** What {@link #writeTuple} wrote; may be null. */
  public static Tuple readTuple(DataInput in) throws IOException {
    int code = readOneOf(in, 3, "tuple layout");
    if (code == 0) {
      return null;
    }
    byte[] bytes = readBytes(in);
    if (bytes.length < 2) {
      throw new IOException("a tuple of " + bytes.length + " bytes");
    }
    return new Tuple(bytes, 0, bytes.length, LAYOUTS[code - 1]);
  }

  /** Number of rows (int), each its bytes. */
  public static void writeRows(byte[][] rows, DataOutput out) throws IOException {
    out.writeInt(rows.length);
    for (byte[] row : rows) {
      writeBytes(row, out);
    }
  }

  /** What {@link #writeRows} wrote. */
  public static byte[][] readRows(DataInput in) throws IOException {
    int count = readCount(in, MAX_LENGTH);
    byte[][] rows = new byte[Math.min(count, STEP >> 6)][];
    for (int i = 0; i < count; i++) {
      if (i == rows.length) {
        rows = Arrays.copyOf(rows, (int) Math.min(count, 2L * i));
      }
      rows[i] = readBytes(in);
    }
    return rows;
  }
}
