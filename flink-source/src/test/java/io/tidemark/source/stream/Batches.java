package io.tidemark.source.stream;

import io.tidemark.source.change.Change;
import io.tidemark.source.change.LogicalMessage;
import io.tidemark.source.change.Position;

/** Batches as a fetcher hands them over. */
public final class Batches {
  private Batches() {}

  /** Messages outside of transactions, one at each LSN, then a heartbeat; none if that is 0. */
  public static StreamBatch messages(long firstLsn, int count, long heartbeat) {
    StreamBatch batch = new StreamBatch();
    for (long lsn = firstLsn; lsn < firstLsn + count; lsn++) {
      Change message = new LogicalMessage(new Position(lsn, 0), 0, false, "m", new byte[0]);
      batch.add(message, lsn);
    }
    batch.heartbeat(heartbeat);
    return batch;
  }
}
