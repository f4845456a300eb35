package io.tidemark.source.merge;

import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.source.lane.ChunkId;
import io.tidemark.source.lane.LaneRecord;
import io.tidemark.source.lane.Mark;
import io.tidemark.source.lane.RowBatch;
import java.util.ArrayList;
import java.util.List;

/** The rows of a chunk attempt that one lane holds until a mark lets it evaluate them. */
final class ChunkBuffer {
  private final ChunkId id;
  private final Mark mark;
  private final TableName table;
  private final List<RowBatch> batches = new ArrayList<>();
  private TableSchema schema;
  private long request;
  private boolean ended;
  private long high;
  private long rowCount;
  private long bytes;

  /** Opens an empty buffer. */
  ChunkBuffer(ChunkId id, Mark mark, TableName table) {
    this.id = id;
    this.mark = mark;
    this.table = table;
  }

  /** Appends a batch. */
  void add(LaneRecord.Rows rows) {
    checkSame(rows.mark(), rows.schema().name());
    if (ended) {
      throw new IllegalStateException(this + " got rows after its end");
    }
    if (schema != null && !schema.equals(rows.schema())) {
      throw new IllegalStateException(this + " got rows of two schemas");
    }
    if (schema != null && request != rows.request()) {
      throw new IllegalStateException(this + " got rows of two dump requests");
    }
    request = rows.request();
    schema = rows.schema();
    batches.add(rows.batch());
    rowCount += rows.batch().size();
    bytes += rows.batch().bytes();
  }

  /** All rows have come. */
  void end(LaneRecord.ChunkEnd end) {
    checkSame(end.mark(), end.table());
    if (ended) {
      throw new IllegalStateException(this + " ended twice");
    }
    ended = true;
    high = end.high();
  }

  private void checkSame(Mark otherMark, TableName otherTable) {
    if (!mark.equals(otherMark) || !table.equals(otherTable)) {
      throw new IllegalStateException(
          this + " got a record of " + otherTable + " under " + otherMark);
    }
  }

  /**
   * Whether it can be evaluated at this mark: all that its snapshot sees was emitted before, and
   * all that was emitted since its own mark was recorded as touches of this attempt.
   */
  boolean isDue(Mark now) {
    return ended
        && Long.compareUnsigned(now.lsn(), high) >= 0
        && now.counter() >= mark.counter()
        && now.attempt() == mark.attempt();
  }

  ChunkId id() {
    return id;
  }

  Mark mark() {
    return mark;
  }

  /** That of its mark: touches with this counter or a later one may be newer than its rows. */
  long counter() {
    return mark.counter();
  }

  TableName table() {
    return table;
  }

  /** The columns of its rows; null as long as there are none. */
  TableSchema schema() {
    return schema;
  }

  /** The dump on demand that its rows were read for; 0 if none, or as long as there are none. */
  long request() {
    return request;
  }

  List<RowBatch> batches() {
    return batches;
  }

  long rowCount() {
    return rowCount;
  }

  /** Bytes of memory that its rows take, roughly. */
  long bytes() {
    return bytes;
  }

  @Override
  public String toString() {
    return "chunk "
        + Long.toHexString(id.reader())
        + "/"
        + id.number()
        + " of "
        + table
        + " ("
        + mark
        + ")";
  }
}
