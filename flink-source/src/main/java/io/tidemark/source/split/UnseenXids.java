package io.tidemark.source.split;

import java.util.Arrays;

/**
 * Transactions that the stream has emitted and that no snapshot on the primary was seen to see.
 *
 * @param someForgotten whether there were more than are kept
 * @param newestForgotten the newest of those that are not kept; 0 without any
 * @param xids those kept
 */
@SuppressWarnings("ArrayRecordComponent")
public record UnseenXids(boolean someForgotten, int newestForgotten, int[] xids) {
  /** No transaction. */
  public static final UnseenXids NONE = new UnseenXids(false, 0, new int[0]);

  @Override
  public boolean equals(Object other) {
    return other instanceof UnseenXids that
        && someForgotten == that.someForgotten
        && newestForgotten == that.newestForgotten
        && Arrays.equals(xids, that.xids);
  }

  @Override
  public int hashCode() {
    return 31 * newestForgotten + Arrays.hashCode(xids);
  }

  @Override
  public String toString() {
    return xids.length + " unseen" + (someForgotten ? " and more" : "");
  }
}
