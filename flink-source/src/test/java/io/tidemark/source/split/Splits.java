package io.tidemark.source.split;

import io.tidemark.dump.chunk.ChunkRequest.Keys;
import io.tidemark.dump.chunk.ChunkRequest.Pages;
import io.tidemark.dump.plan.PageRange;
import io.tidemark.postgres.RowKey;
import java.util.List;

/** What tests look at in splits. */
public final class Splits {
  private Splits() {}

  /** The pages of a split; null of one of keys. */
  public static PageRange pages(DumpSplit split) {
    return split.rows().either(Pages::range, keys -> null);
  }

  /** The keys of a split; none of one of pages. */
  public static List<RowKey> keys(DumpSplit split) {
    return split.rows().either(pages -> List.of(), Keys::keys);
  }
}
