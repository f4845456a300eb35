package io.tidemark.source;

import io.tidemark.dump.plan.PageRange;
import io.tidemark.postgres.KeyTexts;
import io.tidemark.postgres.TableName;
import java.util.Objects;

/**
 * Rows that are wanted: those on some heap pages of a table, in each of its partitions, or those
 * that have one of some keys, wherever they lie by the time of reading.
 *
 * @param request its id: random, not 0, and unique for all time; the same rows asked for again have
 *     another
 * @param table the published name
 * @param firstPage the first page, from 0; 0 for keys
 * @param lastPage the last page, which belongs to it. A table may have fewer. From {@value
 *     #LAST_PAGE} on it is all pages that the table has by the time of reading. 0 for keys
 * @param keys none for pages. A text is read as PostgreSQL reads a literal of its column's type;
 *     times without a zone are UTC. The table need not have a row of each
 */
public record DumpRequest(
    long request, TableName table, long firstPage, long lastPage, KeyTexts keys) {
  /** The largest page number of PostgreSQL. */
  public static final long LAST_PAGE = 0xFFFFFFFEL;

  private static final long MAX_UNSIGNED_INT = 0xFFFFFFFFL;

  /** Rows on pages. */
  public DumpRequest(long request, TableName table, long firstPage, long lastPage) {
    this(request, table, firstPage, lastPage, KeyTexts.NONE);
  }

  /** Rows by their keys, of which there must be some. */
  public static DumpRequest ofKeys(long request, TableName table, KeyTexts keys) {
    if (keys.isEmpty()) {
      throw new IllegalArgumentException(
          "dump request %s of %s: no key is named"
              .formatted(Long.toUnsignedString(request, 16), table));
    }
    return new DumpRequest(request, table, 0, 0, keys);
  }

  public DumpRequest {
    Objects.requireNonNull(table, "table");
    Objects.requireNonNull(keys, "keys");
    if (request == 0) {
      throw new IllegalArgumentException("a dump request of " + table + " has the id 0");
    }
    if (firstPage < 0 || lastPage < firstPage || lastPage > MAX_UNSIGNED_INT) {
      throw new IllegalArgumentException(
          "dump request %s of %s: pages %d to %d are not a range of unsigned 32-bit numbers"
              .formatted(Long.toUnsignedString(request, 16), table, firstPage, lastPage));
    }
    if (!keys.isEmpty() && (firstPage != 0 || lastPage != 0)) {
      throw new IllegalArgumentException(
          "dump request %s of %s: both %s and pages %d to %d"
              .formatted(Long.toUnsignedString(request, 16), table, keys, firstPage, lastPage));
    }
  }

  /** Whether it is of keys; else it is of pages. */
  public boolean hasKeys() {
    return !keys.isEmpty();
  }

  /** Its pages, without an upper end if it is all from the first one on. */
  public PageRange pages() {
    return lastPage >= LAST_PAGE
        ? PageRange.from(firstPage)
        : new PageRange(firstPage, lastPage + 1);
  }

  @Override
  public String toString() {
    return "dump request "
        + Long.toUnsignedString(request, 16)
        + " of "
        + table
        + ", "
        + (hasKeys() ? keys : "pages " + pages());
  }
}
