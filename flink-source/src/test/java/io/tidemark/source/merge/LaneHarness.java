package io.tidemark.source.merge;

import io.tidemark.postgres.KeyHasher;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.Op;
import io.tidemark.postgres.change.Position;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.change.RowChange.Origin;
import io.tidemark.postgres.change.Truncate;
import io.tidemark.source.lane.ChunkId;
import io.tidemark.source.lane.LaneRecord;
import io.tidemark.source.lane.Mark;
import io.tidemark.source.lane.RowBatch;
import java.util.ArrayList;
import java.util.List;

/**
 * One lane, the table t(id, a, toast) in it, and what the lane emitted. Marks are at LSN 10 *
 * counter.
 */
final class LaneHarness {
  static final TableSchema T = TestTable.schema("t", ReplicaIdentity.DEFAULT, "id", "a", "toast");
  static final TableSchema FULL = TestTable.schema("t", ReplicaIdentity.FULL, "id", "a", "toast");
  static final TableName NAME = T.name();
  static final String U = TestTable.UNCHANGED;

  final List<Change> emitted = new ArrayList<>();
  MergeCounts counts = new MergeCounts();
  LaneMerge merge = new LaneMerge(0, emitted::add, counts);
  long attempt = 1;
  private long commitLsn = 1;

  /** Armed, with mark 1 given out. */
  static LaneHarness armed() {
    LaneHarness lane = new LaneHarness();
    lane.arm();
    lane.mark(1);
    return lane;
  }

  void arm() {
    merge.accept(new LaneRecord.Arm(0, NAME));
  }

  void disarm() {
    merge.accept(new LaneRecord.Disarm(0, NAME));
  }

  void mark(long counter) {
    markAt(counter, 10 * counter);
  }

  void markAt(long counter, long lsn) {
    merge.accept(new LaneRecord.Marked(0, new Mark(attempt, counter, lsn)));
  }

  Mark markOf(long counter) {
    return new Mark(attempt, counter, 10 * counter);
  }

  void insert(String... row) {
    stream(RowChange.insert(T, TestTable.pgoutput(T, row), origin()));
  }

  void update(String... row) {
    stream(RowChange.update(T, TestTable.pgoutput(T, row), null, false, origin()));
  }

  /** An update with the old key, or the whole old row if the identity is FULL. */
  void update(TableSchema schema, Tuple old, String... row) {
    boolean full = schema.identity() == ReplicaIdentity.FULL;
    stream(RowChange.update(schema, TestTable.pgoutput(schema, row), old, full, origin()));
  }

  void delete(String id) {
    stream(RowChange.delete(T, key(id), false, origin()));
  }

  void truncate() {
    stream(new Truncate(new Position(commitLsn++, 1), 0, 0, T, false, false));
  }

  void stream(Change change) {
    merge.accept(new LaneRecord.Stream(0, change));
  }

  static Tuple key(String id) {
    return TestTable.pgoutput(T, id, null, null);
  }

  Origin origin() {
    return new Origin(commitLsn++, 1, 0, 0);
  }

  void rows(int chunk, long mark, byte[]... rows) {
    rows(chunk, mark, T, rows);
  }

  void rows(int chunk, long mark, TableSchema schema, byte[]... rows) {
    rows(chunk, mark, schema, RowBatch.of(rows, new KeyHasher(schema)));
  }

  void rows(int chunk, long mark, TableSchema schema, RowBatch batch) {
    merge.accept(new LaneRecord.Rows(0, new ChunkId(0, 7, chunk), markOf(mark), schema, batch, 0));
  }

  void rowsFor(long request, int chunk, long mark, byte[]... rows) {
    RowBatch batch = RowBatch.of(rows, new KeyHasher(T));
    merge.accept(new LaneRecord.Rows(0, new ChunkId(0, 7, chunk), markOf(mark), T, batch, request));
  }

  void end(int chunk, long mark, long high) {
    merge.accept(new LaneRecord.ChunkEnd(0, new ChunkId(0, 7, chunk), markOf(mark), NAME, high));
  }

  /** A whole chunk of one row, whose high is reached at the mark after its own. */
  void chunk(int chunk, long mark, String... row) {
    rows(chunk, mark, TestTable.copy(row));
    end(chunk, mark, 10 * mark + 1);
  }

  void fail(int chunk) {
    merge.accept(new LaneRecord.ChunkFailed(0, new ChunkId(0, 7, chunk)));
  }

  void voidChunks(long counter) {
    merge.accept(new LaneRecord.VoidChunks(0, NAME, counter));
  }

  void promise(int reader, int readers, long counter) {
    merge.accept(new LaneRecord.Promise(0, reader, readers, counter));
  }

  /** The requests that the emitted rows of dumps are for. */
  List<Long> requests() {
    return emitted.stream()
        .filter(change -> change instanceof RowChange row && row.op() == Op.READ)
        .map(change -> ((RowChange) change).dumpRequest())
        .toList();
  }

  /** The rows of dumps that were emitted, as text. */
  List<List<String>> reads() {
    List<List<String>> reads = new ArrayList<>();
    for (Change change : emitted) {
      if (change instanceof RowChange row && row.op() == Op.READ) {
        reads.add(TestTable.values(row.newTuple()));
      }
    }
    return reads;
  }
}
