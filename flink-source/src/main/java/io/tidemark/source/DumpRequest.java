package io.tidemark.source;

import io.tidemark.postgres.KeyTexts;
import io.tidemark.postgres.RowSelection;
import io.tidemark.postgres.TableName;
import java.util.Objects;

/**
 * Rows that are wanted.
 *
 * @param request its id: random, not 0, and unique for all time; the same rows asked for again have
 *     another
 * @param table the published name
 * @param rows which of its rows
 */
public record DumpRequest(long request, TableName table, RowSelection rows) {
  public DumpRequest {
    Objects.requireNonNull(table, "table");
    Objects.requireNonNull(rows, "rows");
    if (request == 0) {
      throw new IllegalArgumentException("a dump request of " + table + " has the id 0");
    }
  }

  /** Rows on pages: see {@link RowSelection.Pages}. */
  public static DumpRequest ofPages(long request, TableName table, long first, long last) {
    return new DumpRequest(request, table, new RowSelection.Pages(first, last));
  }

  /** Rows by their keys: see {@link RowSelection.Keys}. */
  public static DumpRequest ofKeys(long request, TableName table, KeyTexts keys) {
    return new DumpRequest(request, table, new RowSelection.Keys(keys));
  }

  @Override
  public String toString() {
    return "dump request " + Long.toUnsignedString(request, 16) + " of " + table + ", " + rows;
  }
}
