package io.tidemark.dump.plan;

/**
 * Heap pages of one table, {@code from} to before {@code to}. Pages are counted in 64 bits, as
 * PostgreSQL's unsigned 32-bit block numbers neither fit an {@code int} nor have room for an end.
 *
 * @param from the first page
 * @param to the page after the last, or {@link #UNBOUNDED}
 */
public record PageRange(long from, long to) {
  /** No upper end: all pages that the table has by the time of reading. */
  public static final long UNBOUNDED = Long.MAX_VALUE;

  public PageRange {
    if (from < 0 || to <= from) {
      throw new IllegalArgumentException("pages " + text(from, to) + ": not a range");
    }
  }

  /** All pages from this one on. */
  public static PageRange from(long page) {
    return new PageRange(page, UNBOUNDED);
  }

  public boolean isUnbounded() {
    return to == UNBOUNDED;
  }

  /** The first pages of the range, {@code pages} of them at most: the next chunk. */
  public PageRange first(long pages) {
    if (pages < 1) {
      throw new IllegalArgumentException("a chunk of " + pages + " pages");
    }
    return to - from <= pages ? this : new PageRange(from, from + pages);
  }

  @Override
  public String toString() {
    return text(from, to);
  }

  private static String text(long from, long to) {
    return "[" + from + ", " + (to == UNBOUNDED ? "end" : to) + ")";
  }
}
