package io.tidemark.dump.chunk;

import io.tidemark.postgres.Lsn;
import java.util.OptionalLong;

/** The LSN that a chunk's snapshot can see no commit beyond. */
final class HighLsn {
  private HighLsn() {}

  /**
   * On a standby a commit becomes visible just before the replay LSN shows it, so the replay LSN at
   * the snapshot may be one record short. It is exact once it has moved since, or if nothing is
   * received beyond it. Else what was received bounds the record; that alone may lie inside a later
   * record, which costs time and nothing else.
   *
   * @param snapshot read after the snapshot was taken
   * @param end read after the COPY
   * @return empty if nothing bounds the record, since WAL does not come by streaming just now
   */
  static OptionalLong onStandby(ServerState snapshot, ServerState end) {
    boolean moved = Lsn.compare(end.applied(), snapshot.applied()) > 0;
    if (moved || end.applied() == end.received()) {
      return OptionalLong.of(end.applied());
    }
    return Lsn.compare(end.received(), end.applied()) > 0
        ? OptionalLong.of(end.received())
        : OptionalLong.empty();
  }
}
