package io.tidemark.source.reader;

import io.tidemark.dump.chunk.SnapshotXids;
import io.tidemark.dump.chunk.VisibilityCheck;
import java.util.ArrayDeque;

/**
 * The transactions that the stream emitted and that no snapshot on the primary was seen to see yet.
 * A commit is in the WAL, and so in the stream, before snapshots see it; for long under synchronous
 * replication. Thread-safe.
 */
final class EmittedXids implements VisibilityCheck {
  /** Older ones than that many transactions were seen long ago. */
  private static final int MOST = 1 << 18;

  private final ArrayDeque<Integer> unseen = new ArrayDeque<>();

  synchronized void emitted(int xid) {
    unseen.add(xid);
    if (unseen.size() > MOST) {
      unseen.poll();
    }
  }

  @Override
  public synchronized boolean counts(SnapshotXids snapshot) {
    unseen.removeIf(snapshot::sees);
    return unseen.isEmpty();
  }
}
