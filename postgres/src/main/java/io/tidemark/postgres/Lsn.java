package io.tidemark.postgres;

import java.util.HexFormat;

/**
 * A position in PostgreSQL's write-ahead log: an unsigned 64-bit byte offset.
 *
 * <p>Hot paths carry the raw {@code long} and compare it with {@link #compare}; everything else
 * carries this.
 *
 * @param value the offset in bytes, unsigned
 */
public record Lsn(long value) implements Comparable<Lsn> {
  /** {@code 0/0}, which PostgreSQL calls invalid. */
  public static final Lsn INVALID = new Lsn(0);

  /**
   * Reads PostgreSQL's text form, as in {@code 16/B374D848}.
   *
   * @throws IllegalArgumentException if the text is not two hexadecimal halves of 1 to 8 digits
   */
  public static Lsn parse(String text) {
    int slash = text.indexOf('/');
    if (slash < 1 || slash > 8 || text.length() - slash < 2 || text.length() - slash > 9) {
      throw new IllegalArgumentException(notAnLsn(text));
    }
    try {
      long high = HexFormat.fromHexDigitsToLong(text, 0, slash);
      long low = HexFormat.fromHexDigitsToLong(text, slash + 1, text.length());
      return new Lsn(high << 32 | low);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(notAnLsn(text), e);
    }
  }

  /** Compares two raw LSNs as PostgreSQL does: unsigned. */
  public static int compare(long left, long right) {
    return Long.compareUnsigned(left, right);
  }

  /** The later of two raw LSNs. */
  public static long max(long left, long right) {
    return compare(left, right) >= 0 ? left : right;
  }

  /** PostgreSQL's text form of a raw LSN. */
  public static String format(long value) {
    return Long.toHexString(value >>> 32).toUpperCase(java.util.Locale.ROOT)
        + "/"
        + Long.toHexString(value & 0xFFFF_FFFFL).toUpperCase(java.util.Locale.ROOT);
  }

  @Override
  public int compareTo(Lsn other) {
    return compare(value, other.value);
  }

  @Override
  public String toString() {
    return format(value);
  }

  private static String notAnLsn(String text) {
    return "not an LSN: '" + text + "'; expected two hexadecimal numbers, as in 16/B374D848";
  }
}
