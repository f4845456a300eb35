package io.tidemark.dump.chunk;

import io.tidemark.dump.plan.PageRange;

/**
 * A chunk that was read to its end.
 *
 * @param rows how many rows the sink got
 * @param bytes how long their tuples were together
 * @param high an LSN, unsigned, not before the end of any transaction that the snapshot sees
 * @param tablePages how many pages the table had after the snapshot was taken
 */
public record ChunkResult(long rows, long bytes, long high, long tablePages) {
  /**
   * Whether the snapshot has no row in or after the page {@code range.to()}: whatever the split's
   * upper end, it has ended with this chunk.
   */
  public boolean reachedEnd(PageRange range) {
    return tablePages <= range.to();
  }
}
