package io.tidemark.dump.plan;

import io.tidemark.postgres.catalog.TableSize;
import java.util.ArrayList;
import java.util.List;

/** Cuts a table into page ranges that several connections, to several replicas, read at once. */
public final class DumpPlanner {
  /** Bytes of a range in a large table: state and messages per range stay small beside them. */
  static final long TARGET_BYTES = 128L << 20;

  /** No range is made smaller than this only to have more of them. */
  static final long LEAST_BYTES = 16L << 20;

  /** A table of many terabytes gets larger ranges instead of more: state is bounded. */
  static final int MAX_RANGES = 10_000;

  private DumpPlanner() {}

  /**
   * The table's pages as adjacent ranges, in order. The last one has no upper end, also if the
   * table is empty: rows may be added between planning and reading.
   *
   * @param readers how many connections will read the dump: a table large enough gets two ranges
   *     for each, so that the last one to finish is not far behind
   */
  public static List<PageRange> plan(TableSize size, int readers) {
    if (readers < 1) {
      throw new IllegalArgumentException("a dump with " + readers + " readers");
    }
    long wanted = Math.max(size.bytes() / TARGET_BYTES, 2L * readers);
    long worthwhile = Math.max(size.bytes() / LEAST_BYTES, 1);
    long most = Math.max(1, Math.min(size.pages(), MAX_RANGES));
    long count = Math.min(most, Math.min(wanted, worthwhile));
    List<PageRange> ranges = new ArrayList<>((int) count);
    for (long i = 0; i < count; i++) {
      // Never overflows: pages fit 32 bits and counts 14.
      long from = size.pages() * i / count;
      long to = i == count - 1 ? PageRange.UNBOUNDED : size.pages() * (i + 1) / count;
      ranges.add(new PageRange(from, to));
    }
    return ranges;
  }
}
