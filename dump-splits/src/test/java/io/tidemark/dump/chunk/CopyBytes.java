package io.tidemark.dump.chunk;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Writes {@code COPY} data as PostgreSQL does. */
final class CopyBytes {
  static final byte[] HEADER = header(0, 0);
  static final byte[] TRAILER = {-1, -1};

  private CopyBytes() {}

  /** Writes some bytes. */
  interface Writing {
    /** Writes them. */
    void to(DataOutputStream out) throws IOException;
  }

  static byte[] header(int flags, int extension) {
    return bytes(
        out -> {
          out.write("PGCOPY\n".getBytes(StandardCharsets.US_ASCII));
          out.write(new byte[] {-1, '\r', '\n', 0});
          out.writeInt(flags);
          out.writeInt(extension);
        });
  }

  /** A row of ASCII texts; null is null. */
  static byte[] tuple(String... values) {
    return row(
        Arrays.stream(values)
            .map(value -> value == null ? null : value.getBytes(StandardCharsets.US_ASCII))
            .toArray(byte[][]::new));
  }

  /** A row of values in bytes; null is null. */
  static byte[] row(byte[]... values) {
    return bytes(
        out -> {
          out.writeShort(values.length);
          for (byte[] value : values) {
            out.writeInt(value == null ? -1 : value.length);
            out.write(value == null ? new byte[0] : value);
          }
        });
  }

  static byte[] concat(byte[]... parts) {
    return bytes(
        out -> {
          for (byte[] part : parts) {
            out.write(part);
          }
        });
  }

  static byte[] bytes(Writing writing) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      writing.to(new DataOutputStream(bytes));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return bytes.toByteArray();
  }
}
