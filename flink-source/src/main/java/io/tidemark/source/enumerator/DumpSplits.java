package io.tidemark.source.enumerator;

import io.tidemark.dump.plan.PageRange;
import io.tidemark.postgres.RowKey;
import io.tidemark.postgres.RowSelection;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.catalog.PhysicalTable;
import io.tidemark.source.DumpRequest;
import io.tidemark.source.split.DumpSplit;
import java.util.ArrayList;
import java.util.List;

/** Cuts what a dump is to read into splits, whose ids tell what they are of. */
final class DumpSplits {
  /** Keys of one split: a statement of some kilobytes. */
  private static final int KEYS_PER_SPLIT = 500;

  /**
   * Bytes of the keys of one request, once for each physical table: all of them are looked for in
   * each, and the state holds them so.
   */
  private static final long MAX_KEY_BYTES = 64 << 20;

  private DumpSplits() {}

  /**
   * The planned page ranges, unless only repairs are made, and those parts of them that are asked
   * for on demand, each a split. The last range has no upper end, so pages beyond the planned size
   * are a split too.
   */
  static List<DumpSplit> pages(
      long dump, boolean repairOnly, List<PlannedTable> tables, List<DumpRequest> requests) {
    List<DumpSplit> splits = new ArrayList<>();
    for (int leaf = 0; leaf < tables.size(); leaf++) {
      PhysicalTable table = tables.get(leaf).table();
      for (PageRange range : tables.get(leaf).ranges()) {
        if (!repairOnly) {
          String splitId = dump + "-" + leaf + "-" + range.from();
          splits.add(DumpSplit.ofPages(splitId, dump, table, range));
        }
        for (DumpRequest request : requests) {
          PageRange part = request.rows().either(pages -> part(range, pages), keys -> null);
          if (part != null) {
            String splitId =
                dump + "-" + leaf + "-" + part.from() + "-" + Long.toHexString(request.request());
            splits.add(DumpSplit.ofRequest(splitId, dump, table, part, request.request()));
          }
        }
      }
    }
    return splits;
  }

  /** What of a range is on these pages; null if nothing is. */
  private static PageRange part(PageRange range, RowSelection.Pages pages) {
    long end = pages.isToTheEnd() ? PageRange.UNBOUNDED : pages.last() + 1;
    long from = Math.max(range.from(), pages.first());
    long to = Math.min(range.to(), end);
    return from < to ? new PageRange(from, to) : null;
  }

  /** Why these keys are not looked for in each leaf: they are too large; null if they are not. */
  static String problemOf(TableName table, List<PhysicalTable> leaves, List<RowKey> keys) {
    long bytes = keys.stream().mapToLong(RowKey::memorySize).sum();
    return bytes * leaves.size() <= MAX_KEY_BYTES
        ? null
        : ("%d keys of %d bytes, looked for in each of the %d partitions of %s, are too many;"
                + " ask for fewer at a time")
            .formatted(keys.size(), bytes, leaves.size(), table);
  }

  /** The keys of a request. */
  static List<DumpSplit> requestedKeys(
      long dump, List<PhysicalTable> leaves, long request, List<RowKey> keys) {
    String suffix = "-" + Long.toHexString(request);
    return ofKeys(
        leaves,
        keys,
        (place, leaf, some) ->
            DumpSplit.ofRequestedKeys(dump + "-keys-" + place + suffix, dump, leaf, some, request));
  }

  /**
   * The keys of a repair round.
   *
   * @param counter of the mark after which they are to be read
   */
  static List<DumpSplit> repairs(
      long dump, List<PhysicalTable> leaves, int round, List<RowKey> keys, long counter) {
    String prefix = dump + "-repair-" + round + "-";
    return ofKeys(
        leaves,
        keys,
        (place, leaf, some) -> DumpSplit.ofKeys(prefix + place, dump, leaf, some, round, counter));
  }

  /** Makes a split of some of the keys, at a place that no other split of them has. */
  private interface KeySplit {
    DumpSplit of(String place, PhysicalTable leaf, List<RowKey> keys);
  }

  /** Leaves times batches, each a split: a key may be in any leaf. */
  private static List<DumpSplit> ofKeys(
      List<PhysicalTable> leaves, List<RowKey> keys, KeySplit split) {
    List<DumpSplit> splits = new ArrayList<>();
    for (int leaf = 0; leaf < leaves.size(); leaf++) {
      for (int from = 0; from < keys.size(); from += KEYS_PER_SPLIT) {
        List<RowKey> some = keys.subList(from, Math.min(keys.size(), from + KEYS_PER_SPLIT));
        splits.add(split.of(leaf + "-" + from, leaves.get(leaf), some));
      }
    }
    return splits;
  }
}
