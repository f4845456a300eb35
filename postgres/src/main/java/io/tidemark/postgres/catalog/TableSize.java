package io.tidemark.postgres.catalog;

/**
 * How large a table was when it was looked at.
 *
 * @param pages heap pages, which is what ranges are cut from
 * @param bytes of the heap and of its TOAST table together
 */
public record TableSize(long pages, long bytes) {
  private static final long PAGE = 8192;

  public TableSize {
    if (pages < 0 || bytes < 0) {
      throw new IllegalArgumentException("a table of " + pages + " pages, " + bytes + " bytes");
    }
  }

  /** Bytes that a heap page stands for, with the TOAST of its rows; at least 1. */
  public long bytesPerPage() {
    return pages == 0 ? PAGE : Math.max(1, bytes / pages);
  }
}
