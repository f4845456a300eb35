package io.tidemark.source;

import io.tidemark.dump.plan.PageRange;
import io.tidemark.dump.postgres.TableName;
import java.util.Objects;

/**
 * Rows that are wanted: those on some heap pages of a table, in each of its partitions.
 *
 * @param request its id: random, not 0, and unique for all time; the same pages asked for again
 *     have another
 * @param table the published name
 * @param firstPage the first page, from 0
 * @param lastPage the last page, which belongs to it. A table may have fewer. From {@value
 *     #LAST_PAGE} on it is all pages that the table has by the time of reading
 */
public record DumpRequest(long request, TableName table, long firstPage, long lastPage) {
  /** The largest page number of PostgreSQL. */
  public static final long LAST_PAGE = 0xFFFFFFFEL;

  private static final long MAX_UNSIGNED_INT = 0xFFFFFFFFL;

  public DumpRequest {
    Objects.requireNonNull(table, "table");
    if (request == 0) {
      throw new IllegalArgumentException("a dump request of " + table + " has the id 0");
    }
    if (firstPage < 0 || lastPage < firstPage || lastPage > MAX_UNSIGNED_INT) {
      throw new IllegalArgumentException(
          "dump request %s of %s: pages %d to %d are not a range of unsigned 32-bit numbers"
              .formatted(Long.toUnsignedString(request, 16), table, firstPage, lastPage));
    }
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
        + ", pages "
        + pages();
  }
}
