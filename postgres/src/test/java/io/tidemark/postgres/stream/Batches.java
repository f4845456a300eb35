package io.tidemark.postgres.stream;

import io.tidemark.postgres.change.Begin;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.Commit;
import io.tidemark.postgres.change.LogicalMessage;
import io.tidemark.postgres.change.Position;
import java.util.List;

/** Batches as a fetcher hands them over. */
public final class Batches {
  private Batches() {}

  /** A transaction whose changes have its commit's LSN, and a heartbeat at its end. */
  public static StreamBatch transaction(long commitLsn, long endLsn, Change... changes) {
    StreamBatch batch = new StreamBatch();
    batch.add(new Begin(new Position(commitLsn, 0), 1, 1), commitLsn);
    for (Change change : changes) {
      batch.add(change, commitLsn);
    }
    batch.add(new Commit(new Position(commitLsn, changes.length + 1), endLsn, 1), endLsn);
    batch.heartbeat(endLsn);
    return batch;
  }

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

  /** Two transactions in one batch, which commit at 200 and at 300. */
  public static StreamBatch transactions(
      List<? extends Change> first, List<? extends Change> second) {
    StreamBatch batch = new StreamBatch();
    add(first, 200, batch);
    add(second, 300, batch);
    return batch;
  }

  private static void add(List<? extends Change> changes, long lsn, StreamBatch batch) {
    batch.add(new Begin(new Position(lsn, 0), 1, 1), lsn);
    changes.forEach(change -> batch.add(change, lsn));
    batch.add(new Commit(new Position(lsn, changes.size() + 1), lsn + 10, 1), lsn + 10);
  }
}
