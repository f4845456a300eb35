package io.tidemark.source.reader;

import io.tidemark.postgres.KeyExtractor;
import io.tidemark.postgres.RowKey;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.Op;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.source.lane.LaneRecord;
import java.util.IdentityHashMap;
import java.util.function.IntFunction;

/**
 * Gives each change to the lane of its row's key. A row whose key moves to another one is deleted
 * in the old key's lane and inserted in the new key's. With one lane everything stays as it is.
 */
final class LaneRouter {
  private final int lanes;
  private final LaneOutput out;
  private final IdentityHashMap<TableSchema, KeyExtractor> extractors = new IdentityHashMap<>();

  LaneRouter(int lanes, LaneOutput out) {
    this.lanes = lanes;
    this.out = out;
  }

  /** Whether it is an update that changes the row's key. */
  boolean isMove(RowChange row) {
    return row.op() == Op.UPDATE
        && row.oldTuple() != null
        && !extractor(row.schema()).sameKey(row.newTuple(), row.oldTuple());
  }

  /** Emits a row's change. */
  void emit(RowChange row) {
    if (lanes == 1) {
      emitInOrder(row);
    } else if (isMove(row)) {
      RowChange.Origin origin =
          new RowChange.Origin(row.commitLsn(), row.ordinal(), row.commitTime(), row.xid());
      KeyExtractor keys = extractor(row.schema());
      Tuple old = row.oldTuple();
      emit(keys.key(old), RowChange.delete(row.schema(), old, row.oldTupleIsFull(), origin));
      emit(keys.key(row.newTuple(), old), RowChange.insert(row.schema(), row.newTuple(), origin));
    } else {
      KeyExtractor keys = extractor(row.schema());
      Tuple now = row.newTuple();
      emit(now == null ? keys.key(row.oldTuple()) : keys.key(now, row.oldTuple()), row);
    }
  }

  private void emit(RowKey key, RowChange row) {
    int lane = KeyExtractor.lane(key, lanes);
    out.emit(new LaneRecord.Stream(lane, row));
  }

  /** Emits what belongs to no row, in the lane that has all of its kind. */
  void emitInOrder(Change change) {
    out.emit(new LaneRecord.Stream(0, change));
  }

  /** Emits a record in every lane. */
  void toAll(IntFunction<LaneRecord> records) {
    for (int lane = 0; lane < lanes; lane++) {
      out.emit(records.apply(lane));
    }
  }

  private KeyExtractor extractor(TableSchema schema) {
    return extractors.computeIfAbsent(schema, KeyExtractor::new);
  }
}
