package io.tidemark.cli.quickstart;

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
 * its SHA-256. Columns stay apart, because a later change may leave some of them unchanged, and the
 * table may get other columns.
 */
final class RowImage {
  static final int VALUES = 16;

  private static final int NULL = 0;
  private static final int UNKNOWN = 1;
  private static final int DIGEST = 2;
  private static final int INLINE = 3;
  private static final int LONGEST_INLINE = 32;
  private static final int DIGEST_BYTES = 16;
  private static final int LONGEST_COLUMN = 1 + Math.max(LONGEST_INLINE, 4 + DIGEST_BYTES);

  private static final ThreadLocal<MessageDigest> SHA256 = ThreadLocal.withInitial(RowImage::sha);

  private RowImage() {}

  /** The image of a row; columns that the tuple calls unchanged are unknown. */
  static byte[] of(Tuple tuple, Position position) {
    ByteBuffer image = ByteBuffer.allocate(VALUES + tuple.size() * LONGEST_COLUMN);
    image.putLong(position.commitLsn()).putLong(position.ordinal());
    for (int column = 0; column < tuple.size(); column++) {
      if (tuple.isUnchanged(column)) {
        image.put((byte) UNKNOWN);
      } else {
        putValue(image, tuple.array(), tuple.valueOffset(column), tuple.valueLength(column));
      }
    }
    return Arrays.copyOf(image.array(), image.position());
  }

  /**
   * An image with the unknown columns of another one of the same columns.
   *
   * @param before may be null, and then they stay unknown
   */
  static byte[] completed(byte[] image, byte[] before) {
    if (before == null || !hasUnknown(image)) {
      return image;
    }
    ByteBuffer completed = ByteBuffer.allocate(image.length + before.length);
    completed.put(image, 0, VALUES);
    int from = VALUES;
    for (int at = VALUES; at < image.length; at += lengthAt(image, at)) {
      boolean unknown = image[at] == UNKNOWN;
      completed.put(
          unknown ? before : image,
          unknown ? from : at,
          unknown ? lengthAt(before, from) : lengthAt(image, at));
      from += lengthAt(before, from);
    }
    return Arrays.copyOf(completed.array(), completed.position());
  }

  private static boolean hasUnknown(byte[] image) {
    for (int at = VALUES; at < image.length; at += lengthAt(image, at)) {
      if (image[at] == UNKNOWN) {
        return true;
      }
    }
    return false;
  }

  /** Whether two images hold the same values; an unknown value equals nothing. */
  static boolean sameValues(byte[] left, byte[] right) {
    return Arrays.equals(left, VALUES, left.length, right, VALUES, right.length)
        && !hasUnknown(left);
  }

  /** Whether an image is of a change before a position. */
  static boolean isBefore(byte[] image, Position position) {
    return position(image).compareTo(position) < 0;
  }

  /** The place of the change that an image is of. */
  static Position position(byte[] image) {
    ByteBuffer buffer = ByteBuffer.wrap(image);
    return new Position(buffer.getLong(), buffer.getLong());
  }

  /** An image with these values and the place of another change. */
  static byte[] at(Position position, byte[] image) {
    byte[] moved = image.clone();
    ByteBuffer.wrap(moved).putLong(position.commitLsn()).putLong(position.ordinal());
    return moved;
  }

  /**
   * The key of a row: the images of the key columns.
   *
   * @param fallback has the key columns that are unknown in the image; may be null
   */
  static RowKey key(TableSchema schema, byte[] image, byte[] fallback) {
    byte[] whole = completed(image, fallback);
    int[] places = places(whole, schema.columns().size());
    ByteBuffer key = ByteBuffer.allocate(whole.length);
    for (int i = 0; i < schema.keySize(); i++) {
      int at = places[schema.keyColumn(i)];
      key.put(whole, at, lengthAt(whole, at));
    }
    return new RowKey(Arrays.copyOf(key.array(), key.position()));
  }

  /** The whole row as a key, for tables without one. */
  static RowKey wholeRow(byte[] image) {
    return new RowKey(Arrays.copyOfRange(image, VALUES, image.length));
  }

  /** Where each column of an image begins. */
  static int[] places(byte[] image, int columns) {
    int[] places = new int[columns];
    int at = VALUES;
    for (int column = 0; column < columns; column++) {
      places[column] = at;
      at += lengthAt(image, at);
    }
    return places;
  }

  /** What a column takes in an image, from its place on. */
  static int lengthAt(byte[] image, int at) {
    return switch (image[at]) {
      case NULL, UNKNOWN -> 1;
      case DIGEST -> 1 + 4 + DIGEST_BYTES;
      default -> 1 + image[at] - INLINE;
    };
  }

  /** The column of a value in an image; of null for null. */
  static byte[] column(byte[] value) {
    ByteBuffer column = ByteBuffer.allocate(LONGEST_COLUMN);
    putValue(column, value, 0, value == null ? -1 : value.length);
    return Arrays.copyOf(column.array(), column.position());
  }

  /** A column of which nothing is known, in an image. */
  static byte[] unknownColumn() {
    return new byte[] {UNKNOWN};
  }

  /** The value at a place of an image; null if it is null, unknown, or there as a digest alone. */
  static byte[] valueAt(byte[] image, int at) {
    return image[at] < INLINE
        ? null
        : Arrays.copyOfRange(image, at + 1, at + 1 + image[at] - INLINE);
  }

  private static void putValue(ByteBuffer image, byte[] bytes, int offset, int length) {
    if (length < 0) {
      image.put((byte) NULL);
    } else if (length <= LONGEST_INLINE) {
      image.put((byte) (INLINE + length)).put(bytes, offset, length);
    } else {
      MessageDigest sha = SHA256.get();
      sha.update(bytes, offset, length);
      image.put((byte) DIGEST).putInt(length).put(sha.digest(), 0, DIGEST_BYTES);
    }
  }

  private static MessageDigest sha() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
