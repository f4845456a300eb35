package io.tidemark.dump.chunk;

import io.tidemark.postgres.catalog.TableSize;

/**
 * How many pages the next chunk of a split has: the number of pages that, by the last chunk, come
 * to the target's bytes, growing in steps, fewer after recovery conflicts. For one thread.
 */
public final class ChunkSizer {
  /** Filtered or bloated tables yield few bytes a page; a chunk scans no more than 1 GB. */
  static final long MAX_PAGES = 1L << 17;

  private static final int GROWTH = 4;
  private static final int EXCESS = 4;

  private final long target;
  private long pages;

  /** The most pages of a chunk: fewer after a conflict, until reading goes well again. */
  private long ceiling = MAX_PAGES;

  /**
   * @param target bytes of tuples that a chunk should come to
   */
  public ChunkSizer(TableSize size, long target) {
    if (target < 1) {
      throw new IllegalArgumentException("chunks of " + target + " bytes");
    }
    this.target = target;
    this.pages = Math.max(1, Math.min(MAX_PAGES, target / size.bytesPerPage()));
  }

  /** Pages of the next chunk, at least 1. */
  public long pages() {
    return pages;
  }

  /**
   * A chunk was read.
   *
   * @param scanned pages that it held, without those past the table's end
   * @param bytes {@link ChunkResult#bytes()}
   */
  public void read(long scanned, long bytes) {
    ceiling = Math.min(MAX_PAGES, ceiling + Math.max(1, ceiling / 4));
    if (scanned < 1) {
      return;
    }
    long fitting = bytes == 0 ? Long.MAX_VALUE : (long) ((double) target * scanned / bytes);
    pages = Math.max(1, Math.min(Math.min(fitting, GROWTH * pages), ceiling));
  }

  /**
   * Bytes beyond which a chunk is to be given up: some times the target, as pages differ; no bound
   * for a single page, which cannot be less.
   */
  public long maxBytes() {
    return pages == 1 ? Long.MAX_VALUE : EXCESS * target;
  }

  /** A chunk was given up at {@link #maxBytes}. */
  public void exceeded() {
    pages = Math.max(1, pages / EXCESS);
  }

  /** A chunk was cancelled by a recovery conflict. */
  public void conflicted() {
    pages = Math.max(1, pages / 2);
    ceiling = pages;
  }
}
