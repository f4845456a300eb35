package io.tidemark.source.merge;

import io.tidemark.postgres.RowKey;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.Tuple;
import io.tidemark.source.record.ChunkId;
import io.tidemark.source.record.Mark;
import java.util.List;
import java.util.Map;

/**
 * What a lane must not lose in a restart. Chunks that had not ended are not part of it: their
 * readers take them again. Immutable, but it shares rows with the lane that it was taken of.
 *
 * @param lane the lane's number
 * @param newestMark counter of the newest mark that the lane has seen, 0 if none
 * @param tables those under dump
 * @param voided for each table the mark counter below which chunks that still come are dropped
 * @param chunks those that have ended, in the order in which they began to arrive
 */
public record LaneState(
    int lane,
    long newestMark,
    List<Table> tables,
    Map<TableName, Long> voided,
    List<Chunk> chunks) {

  public LaneState {
    tables = List.copyOf(tables);
    voided = Map.copyOf(voided);
    chunks = List.copyOf(chunks);
  }

  /**
   * A table under dump.
   *
   * @param armed false if it is only kept for chunks that are still buffered
   * @param armedAt the newest mark when it was armed
   * @param truncatedAt the newest mark when it was last truncated, -1 if it was not
   * @param changedAt the newest mark when its columns last changed, -1 if they did not
   * @param schema of its last change in the stream, null if there was none
   * @param touches from the eldest to the newest
   */
  record Table(
      TableName name,
      boolean armed,
      long armedAt,
      long truncatedAt,
      long changedAt,
      TableSchema schema,
      List<KeyTouch> touches) {}

  /**
   * A {@link Touch}.
   *
   * @param known null if the newest image is whole or the key is deleted
   */
  record KeyTouch(RowKey key, long last, long settled, Tuple known) {}

  /**
   * A chunk with its end.
   *
   * @param counter touches from this mark on may be newer than its rows
   * @param schema null if it has no rows in this lane
   * @param request the dump on demand that its rows were read for; 0 if none, or without rows
   */
  record Chunk(
      ChunkId id,
      Mark mark,
      long counter,
      TableName table,
      long high,
      TableSchema schema,
      long request,
      List<byte[][]> batches) {
    Chunk {
      batches = List.copyOf(batches);
    }
  }
}
