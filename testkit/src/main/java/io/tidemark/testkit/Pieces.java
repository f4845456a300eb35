package io.tidemark.testkit;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Several byte strings in one, for fuzz tests: each behind its length of two bytes. Any bytes are
 * such a string, a length beyond the end being as good as one up to the end, so that no mutation of
 * it is lost.
 */
public final class Pieces {
  private static final int MAX_LENGTH = 0xFFFF;

  private Pieces() {}

  /** The pieces as one; what is longer than 65,535 bytes is refused. */
  public static byte[] join(byte[]... pieces) {
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    for (byte[] piece : pieces) {
      if (piece.length > MAX_LENGTH) {
        throw new IllegalArgumentException("a piece of " + piece.length + " bytes");
      }
      joined.write(piece.length >> 8);
      joined.write(piece.length);
      joined.writeBytes(piece);
    }
    return joined.toByteArray();
  }

  /** What {@link #join} put together. */
  public static List<byte[]> split(byte[] joined) {
    List<byte[]> pieces = new ArrayList<>();
    int at = 0;
    while (at + 2 <= joined.length) {
      int length = (joined[at] & 0xFF) << 8 | (joined[at + 1] & 0xFF);
      int end = Math.min(joined.length, at + 2 + length);
      pieces.add(Arrays.copyOfRange(joined, at + 2, end));
      at = end;
    }
    return pieces;
  }
}
