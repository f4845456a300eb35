package io.tidemark.source.split;

import io.tidemark.dump.chunk.ChunkRequest.Keys;
import io.tidemark.dump.chunk.ChunkRequest.Pages;
import io.tidemark.dump.chunk.ChunkRequest.Selection;
import io.tidemark.dump.plan.PageRange;
import io.tidemark.postgres.RowKey;
import io.tidemark.postgres.catalog.PhysicalTable;
import java.util.List;
import java.util.Objects;

/**
 * A run of chunks of one physical table: a range of pages, or a list of keys, either to repair or
 * asked for on demand.
 *
 * @param splitId unique for all time
 * @param dump the dump it belongs to
 * @param table the physical table
 * @param rows the pages, or the keys. A list of keys is one chunk, and counts as the page 0
 * @param nextPage where the next chunk starts; {@link #endPage} when all were read
 * @param round the repair round of the keys; 0 for pages, and for keys that are asked for
 * @param minMark no chunk uses a mark with a smaller counter; 0 if only the arm bounds it
 * @param request the dump on demand that it is read for; 0 if for none
 */
public record DumpSplit(
    String splitId,
    long dump,
    PhysicalTable table,
    Selection rows,
    long nextPage,
    int round,
    long minMark,
    long request)
    implements CaptureSplit {
  public DumpSplit {
    Objects.requireNonNull(splitId, "splitId");
    Objects.requireNonNull(table, "table");
    Objects.requireNonNull(rows, "rows");
    if (request != 0 && round != 0) {
      throw new IllegalArgumentException("split " + splitId + " repairs keys for a request");
    }
    // Keys are read for a repair or for a request; pages for a request or for none.
    boolean keysWanted = round != 0 || (request != 0 && rows.hasKeys());
    if (rows.hasKeys() != keysWanted) {
      throw new IllegalArgumentException(
          "split " + splitId + " of " + rows + " in repair round " + round);
    }
  }

  /** A page range of which nothing was read yet. */
  public static DumpSplit ofPages(String id, long dump, PhysicalTable table, PageRange range) {
    return ofRequest(id, dump, table, range, 0);
  }

  /** A page range for a dump on demand, of which nothing was read yet. */
  public static DumpSplit ofRequest(
      String id, long dump, PhysicalTable table, PageRange range, long request) {
    return new DumpSplit(id, dump, table, new Pages(range), range.from(), 0, 0, request);
  }

  /** Keys for a dump on demand, none read yet. */
  public static DumpSplit ofRequestedKeys(
      String id, long dump, PhysicalTable table, List<RowKey> keys, long request) {
    return new DumpSplit(id, dump, table, new Keys(keys), 0, 0, 0, request);
  }

  /**
   * Keys to repair, none read yet.
   *
   * @param minMark counter of the mark after which they are to be read
   */
  public static DumpSplit ofKeys(
      String id, long dump, PhysicalTable table, List<RowKey> keys, int round, long minMark) {
    return new DumpSplit(id, dump, table, new Keys(keys), 0, round, minMark, 0);
  }

  /** Whether its rows are found by their keys; else they are those of its pages. */
  public boolean isByKey() {
    return rows.hasKeys();
  }

  /** The page after the last chunk. */
  public long endPage() {
    return rows.either(pages -> pages.range().to(), keys -> 1L);
  }

  /** What a chunk of these pages reads: of keys all. */
  public Selection chunk(long from, long to) {
    return rows.either(pages -> new Pages(new PageRange(from, to)), keys -> keys);
  }

  /** Whether it repairs keys. */
  public boolean isRepair() {
    return round > 0;
  }

  /** The same work with the next chunk at this page. */
  public DumpSplit at(long page) {
    return new DumpSplit(splitId, dump, table, rows, page, round, minMark, request);
  }
}
