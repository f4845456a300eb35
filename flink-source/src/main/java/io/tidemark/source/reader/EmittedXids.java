package io.tidemark.source.reader;

import io.tidemark.dump.chunk.VisibilityCheck;
import io.tidemark.postgres.SnapshotXids;
import io.tidemark.source.split.UnseenXids;

/**
 * The transactions that the stream emitted and that no snapshot on the primary was seen to see yet.
 * A commit is in the WAL, and so in the stream, before snapshots see it; for long under synchronous
 * replication. Checkpoints hold it: a restored stream does not emit them again. Thread-safe.
 */
final class EmittedXids implements VisibilityCheck, XidLog {
  private final int most;
  private int[] unseen = new int[64];
  private int count;

  /** There were more than {@code most}: every snapshot has to be after this one, too. */
  private boolean someForgotten;

  private int newestForgotten;

  /**
   * None yet.
   *
   * @param most how many to keep; of older ones only the newest is known
   */
  EmittedXids(int most) {
    this.most = most;
  }

  @Override
  public synchronized void emitted(int xid) {
    if (count == most) {
      forgetHalf();
    }
    if (count == unseen.length) {
      unseen = java.util.Arrays.copyOf(unseen, Math.min(most, 2 * count));
    }
    unseen[count++] = xid;
  }

  /** Half, so that it is not done for every transaction. They are in commit order, not by id. */
  private void forgetHalf() {
    int half = (count + 1) / 2;
    for (int i = 0; i < half; i++) {
      if (!someForgotten || unseen[i] - newestForgotten > 0) {
        newestForgotten = unseen[i];
      }
      someForgotten = true;
    }
    count -= half;
    System.arraycopy(unseen, half, unseen, 0, count);
  }

  @Override
  public synchronized boolean counts(SnapshotXids snapshot) {
    int left = 0;
    for (int i = 0; i < count; i++) {
      if (!snapshot.sees(unseen[i])) {
        unseen[left++] = unseen[i];
      }
    }
    count = left;
    if (someForgotten && snapshot.isAfter(newestForgotten)) {
      someForgotten = false;
      newestForgotten = 0;
    }
    return count == 0 && !someForgotten;
  }

  @Override
  public synchronized UnseenXids state() {
    return new UnseenXids(someForgotten, newestForgotten, java.util.Arrays.copyOf(unseen, count));
  }

  /** Goes on from a checkpoint; nothing was emitted yet. */
  synchronized void restore(UnseenXids state) {
    someForgotten = state.someForgotten();
    newestForgotten = state.newestForgotten();
    count = 0;
    for (int xid : state.xids()) {
      emitted(xid);
    }
  }
}
