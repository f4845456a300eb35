package io.tidemark.cli.quickstart;

import io.tidemark.postgres.Lsn;
import io.tidemark.postgres.RowKey;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.change.Position;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/**
 * Packs a row into few bytes that still tell it from any other: the position of its last change (16
 * bytes), then for each column a tag and the value, or of a long value the length and 128 bits of
 * its SHA-256. Columns stay apart, because a later change may leave some of them unchanged.
 */
final class RowImage {
  static final int VALUES = 16;

  private static final int NULL = 0;
  private static final int UNKNOWN = 1;
  private static final int DIGEST = 2;
  private static final int INLINE = 3;
  private static final int LONGEST_INLINE = 32;
  private static final int DIGEST_BYTES = 16;

  private static final ThreadLocal<MessageDigest> SHA256 = ThreadLocal.withInitial(RowImage::sha);

  private RowImage() {}

  /**
   * The image of a row.
   *
   * @param before the image that the row had, from which columns that the tuple calls unchanged are
   *     taken; null if it is not known, and then they become unknown
   */
  static byte[] of(Tuple tuple, Position position, byte[] before) {
    int columns = tuple.size();
    ByteBuffer image =
        ByteBuffer.allocate(VALUES + columns * (1 + Math.max(LONGEST_INLINE, 4 + DIGEST_BYTES)));
    image.putLong(position.commitLsn()).putLong(position.ordinal());
    int at = VALUES;
    for (int column = 0; column < columns; column++) {
      int next = before == null ? 0 : at + lengthAt(before, at);
      if (!tuple.isUnchanged(column)) {
        putValue(image, tuple, column);
      } else if (before == null) {
        image.put((byte) UNKNOWN);
      } else {
        image.put(before, at, next - at);
      }
      at = next;
    }
    return Arrays.copyOf(image.array(), image.position());
  }

  /** Whether two images hold the same values; an unknown value equals nothing. */
  static boolean sameValues(byte[] left, byte[] right) {
    if (!Arrays.equals(left, VALUES, left.length, right, VALUES, right.length)) {
      return false;
    }
    for (int at = VALUES; at < left.length; at += lengthAt(left, at)) {
      if (left[at] == UNKNOWN) {
        return false;
      }
    }
    return true;
  }

  /** Whether an image is of a change before a position. */
  static boolean isBefore(byte[] image, Position position) {
    ByteBuffer buffer = ByteBuffer.wrap(image);
    int byLsn = Lsn.compare(buffer.getLong(), position.commitLsn());
    return byLsn != 0 ? byLsn < 0 : buffer.getLong() < position.ordinal();
  }

  /**
   * The key of a row: the key columns' bytes, each behind its length.
   *
   * @param fallback has the key columns that the tuple calls unchanged; may be null
   */
  static RowKey key(TableSchema schema, Tuple tuple, Tuple fallback) {
    Tuple[] sources = new Tuple[schema.keySize()];
    int size = 0;
    for (int i = 0; i < sources.length; i++) {
      int column = schema.keyColumn(i);
      sources[i] = tuple.isUnchanged(column) ? fallback : tuple;
      size += 4 + Math.max(0, sources[i].valueLength(column));
    }
    ByteBuffer key = ByteBuffer.allocate(size);
    for (int i = 0; i < sources.length; i++) {
      int column = schema.keyColumn(i);
      int length = sources[i].valueLength(column);
      key.putInt(length);
      if (length > 0) {
        key.put(sources[i].array(), sources[i].valueOffset(column), length);
      }
    }
    return new RowKey(key.array());
  }

  /** The whole row as a key, for tables without one. */
  static RowKey wholeRow(Tuple tuple) {
    byte[] image = of(tuple, new Position(0, 0), null);
    return new RowKey(Arrays.copyOfRange(image, VALUES, image.length));
  }

  private static void putValue(ByteBuffer image, Tuple tuple, int column) {
    int length = tuple.valueLength(column);
    if (length < 0) {
      image.put((byte) NULL);
    } else if (length <= LONGEST_INLINE) {
      image.put((byte) (INLINE + length)).put(tuple.array(), tuple.valueOffset(column), length);
    } else {
      MessageDigest sha = SHA256.get();
      sha.update(tuple.array(), tuple.valueOffset(column), length);
      image.put((byte) DIGEST).putInt(length).put(sha.digest(), 0, DIGEST_BYTES);
    }
  }

  private static int lengthAt(byte[] image, int at) {
    return switch (image[at]) {
      case NULL, UNKNOWN -> 1;
      case DIGEST -> 1 + 4 + DIGEST_BYTES;
      default -> 1 + image[at] - INLINE;
    };
  }

  private static MessageDigest sha() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
