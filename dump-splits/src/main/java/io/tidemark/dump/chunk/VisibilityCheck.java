package io.tidemark.dump.chunk;

import io.tidemark.postgres.SnapshotXids;

/**
 * Decides whether a snapshot on the primary may be used: a transaction can be in the stream before
 * snapshots see it.
 */
@FunctionalInterface
public interface VisibilityCheck {
  /** For standbys, where the replay LSN decides and snapshots list no transactions. */
  VisibilityCheck NONE = snapshot -> true;

  /** Whether the snapshot sees every transaction that the stream emitted before the mark. */
  boolean counts(SnapshotXids snapshot);
}
