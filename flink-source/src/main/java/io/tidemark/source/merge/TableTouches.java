package io.tidemark.source.merge;

import io.tidemark.postgres.KeyExtractor;
import io.tidemark.postgres.RowKey;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.TupleCompletion;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.source.lane.RowBatch;

/**
 * The touches of one table in one lane, from when it was armed. Invariant: {@link #eldest} to
 * {@link #newest} holds exactly the values of {@link #touches}, with {@link Touch#last} ascending,
 * so that forgetting costs no more than what it forgets.
 */
final class TableTouches {
  private final TableName table;
  private final long armedAt;
  private final MergeCounts counts;
  private final TouchTable touches = new TouchTable();
  private Touch eldest;
  private Touch newest;

  /** Of the stream's last change, or null; the touches are keyed by it. */
  private TableSchema schema;

  private KeyExtractor keys;
  private long truncatedAt = Touch.NEVER;
  private long changedAt = Touch.NEVER;

  /** False once its dump is over, while chunks that are still buffered need it. */
  boolean armed = true;

  /**
   * @param armedAt the newest mark when it was armed: chunks must have a later one
   */
  TableTouches(TableName table, long armedAt, MergeCounts counts) {
    this.table = table;
    this.armedAt = armedAt;
    this.counts = counts;
  }

  TableName table() {
    return table;
  }

  /** Records what a change does to its keys. */
  void record(RowChange change, long mark) {
    useSchema(change.schema(), mark);
    switch (change.op()) {
      case INSERT -> arrive(keys.key(change.newTuple(), null), change, mark);
      case DELETE -> leave(keys.key(change.oldTuple()), mark);
      case UPDATE -> update(change, mark);
      case READ ->
          throw new IllegalStateException(
              "the stream of " + table + " holds a row that a dump read, at " + change.position());
    }
  }

  private void update(RowChange change, long mark) {
    Tuple old = change.oldTuple();
    if (old == null || keys.sameKey(change.newTuple(), old)) {
      image(touch(keys.key(change.newTuple(), old), mark), change, mark);
    } else {
      leave(keys.key(old), mark);
      arrive(keys.key(change.newTuple(), old), change, mark);
    }
  }

  private void leave(RowKey key, long mark) {
    Touch touch = touch(key, mark);
    touch.settled = mark;
    know(touch, null);
  }

  /** A row begins under this key: what was known of another row that had it says nothing. */
  private void arrive(RowKey key, RowChange change, long mark) {
    Touch touch = touch(key, mark);
    touch.settled = mark;
    know(touch, null);
    image(touch, change, mark);
  }

  private void image(Touch touch, RowChange change, long mark) {
    Tuple image = change.newTuple();
    if (!image.isPartial()) {
      touch.settled = mark;
      know(touch, null);
    } else {
      Tuple known =
          touch.known == null ? image : TupleCompletion.complete(schema, image, touch.known);
      know(touch, known.compact());
    }
  }

  private void know(Touch touch, Tuple known) {
    counts.touchBytes -= touch.memorySize();
    touch.known = known;
    counts.touchBytes += touch.memorySize();
  }

  private Touch touch(RowKey key, long mark) {
    Touch touch = touches.get(key);
    if (touch == null) {
      touch = new Touch(key);
      add(touch);
    } else if (touch != newest) {
      unlink(touch);
      link(touch);
    }
    touch.last = mark;
    return touch;
  }

  private void useSchema(TableSchema current, long mark) {
    if (current.equals(schema)) {
      return;
    }
    if (schema != null) {
      // Touches under the old columns mean nothing for the new ones. The void that must come before
      // the next mark drops the chunks that would need them: evaluating one fails.
      clear();
      changedAt = mark;
    }
    schema = current;
    keys = new KeyExtractor(current);
  }

  /** All rows are gone, so what was known of them is of no use. */
  void truncate(long mark) {
    clear();
    truncatedAt = mark;
  }

  /** Drops touches whose last change came before the mark with this counter. */
  void forget(long below) {
    while (eldest != null && eldest.last < below) {
      touches.remove(eldest);
      counts.touches--;
      counts.touchBytes -= eldest.memorySize();
      unlink(eldest);
    }
  }

  /**
   * No chunk is left to evaluate them with. Nor do the columns known so far count any more: where
   * they changed before the void, this lane may see the first change under the new ones long after.
   */
  void chunksVoided() {
    clear();
    schema = null;
    keys = null;
  }

  /** Drops all touches. */
  void clear() {
    forget(Long.MAX_VALUE);
  }

  /** Emits the rows of a chunk that are still right, completing them where need be. */
  void evaluate(ChunkBuffer chunk, long markLsn, ChangeSink sink) {
    check(chunk);
    if (truncatedAt >= chunk.counter()) {
      counts.rowsDropped += chunk.rowCount();
      return;
    }
    KeyExtractor chunkKeys = touches.isEmpty() ? null : keysOf(chunk);
    TableSchema columns = chunk.schema();
    long request = chunk.request();
    for (RowBatch batch : chunk.batches()) {
      for (int i = 0; i < batch.size(); i++) {
        byte[] bytes = batch.rows()[i];
        Tuple row = new Tuple(bytes, 0, bytes.length, Tuple.Layout.COPY);
        boolean touched = chunkKeys != null && touches.hasHash(batch.hashes()[i]);
        Tuple image = touched ? imageOf(row, chunkKeys, chunk) : row;
        if (image == null) {
          counts.rowsDropped++;
        } else {
          counts.rowsEmitted++;
          sink.accept(RowChange.read(columns, image, markLsn, request));
        }
      }
    }
  }

  /** The row's image as of now; null if the stream has told all of it, or that it is gone. */
  private Tuple imageOf(Tuple row, KeyExtractor chunkKeys, ChunkBuffer chunk) {
    Touch touch = touches.get(chunkKeys.key(row));
    if (touch == null || touch.last < chunk.counter()) {
      return row;
    }
    if (touch.known == null || touch.settled >= chunk.counter()) {
      return null;
    }
    if (!chunk.schema().equals(schema)) {
      throw new IllegalStateException(
          chunk + " has other columns than the stream of " + table + ", and no void dropped it");
    }
    counts.rowsCompleted++;
    return TupleCompletion.complete(schema, touch.known, row);
  }

  private KeyExtractor keysOf(ChunkBuffer chunk) {
    if (chunk.schema() == null || chunk.schema().equals(schema)) {
      return keys;
    }
    if (!chunk.schema().keyNames().equals(schema.keyNames())) {
      throw new IllegalStateException(
          chunk
              + " has the key "
              + chunk.schema().keyNames()
              + ", the stream has "
              + schema.keyNames()
              + ": it was changed while the table was dumped; restart the job from its checkpoint");
    }
    return new KeyExtractor(chunk.schema());
  }

  private void check(ChunkBuffer chunk) {
    if (chunk.mark().counter() <= armedAt) {
      throw new IllegalStateException(
          chunk + " is older than the arming of its table, after mark " + armedAt);
    }
    if (chunk.counter() <= changedAt) {
      throw new IllegalStateException(
          chunk + " outlived a change of its table's columns after mark " + changedAt);
    }
  }

  private void add(Touch touch) {
    touches.add(touch);
    counts.touches++;
    counts.touchBytes += touch.memorySize();
    link(touch);
  }

  private void link(Touch touch) {
    touch.older = newest;
    if (newest == null) {
      eldest = touch;
    } else {
      newest.newer = touch;
    }
    newest = touch;
  }

  private void unlink(Touch touch) {
    if (touch.older == null) {
      eldest = touch.newer;
    } else {
      touch.older.newer = touch.newer;
    }
    if (touch.newer == null) {
      newest = touch.older;
    } else {
      touch.newer.older = touch.older;
    }
    touch.older = null;
    touch.newer = null;
  }
}
