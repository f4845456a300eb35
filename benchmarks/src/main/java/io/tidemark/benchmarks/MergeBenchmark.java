package io.tidemark.benchmarks;

import io.tidemark.postgres.KeyHasher;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.source.lane.ChunkId;
import io.tidemark.source.lane.LaneRecord;
import io.tidemark.source.lane.Mark;
import io.tidemark.source.lane.RowBatch;
import io.tidemark.source.merge.LaneMerge;
import io.tidemark.source.merge.MergeCounts;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/** One row's way through a lane of the merge. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class MergeBenchmark {
  /** The number of rows of a chunk of 8 MB. */
  private static final int CHUNK_ROWS = 80_000;

  private static final int BATCH_ROWS = 1000;
  private static final int TOUCH_EVERY = 100;
  private static final RowChange.Origin ORIGIN = new RowChange.Origin(100, 1, 0, 7);

  private LaneMerge idle;
  private LaneMerge dumping;
  private LaneRecord insert;
  private LaneRecord[] touches;
  private RowBatch[] batches;
  private long counter;
  private long chunk;

  @Setup
  public void fill(Blackhole blackhole) {
    idle = new LaneMerge(0, blackhole::consume, new MergeCounts());
    dumping = new LaneMerge(0, blackhole::consume, new MergeCounts());
    dumping.accept(new LaneRecord.Arm(0, SampleRows.SCHEMA.name()));
    dumping.accept(nextMark());
    insert = new LaneRecord.Stream(0, change(1, false));
    touches = new LaneRecord[CHUNK_ROWS / TOUCH_EVERY];
    for (int i = 0; i < touches.length; i++) {
      touches[i] = new LaneRecord.Stream(0, change((long) i * TOUCH_EVERY, true));
    }
    KeyHasher keys = new KeyHasher(SampleRows.SCHEMA);
    batches = new RowBatch[CHUNK_ROWS / BATCH_ROWS];
    for (int i = 0; i < batches.length; i++) {
      byte[][] rows = new byte[BATCH_ROWS][];
      for (int row = 0; row < BATCH_ROWS; row++) {
        rows[row] = SampleRows.copyRow((long) i * BATCH_ROWS + row);
      }
      batches[i] = RowBatch.of(rows, keys);
    }
  }

  private static Change change(long id, boolean update) {
    byte[] row = SampleRows.pgoutputRow(id);
    Tuple tuple = new Tuple(row, 0, row.length, Tuple.Layout.PGOUTPUT);
    return update
        ? RowChange.update(SampleRows.SCHEMA, tuple, null, false, ORIGIN)
        : RowChange.insert(SampleRows.SCHEMA, tuple, ORIGIN);
  }

  private LaneRecord.Marked nextMark() {
    counter++;
    return new LaneRecord.Marked(0, new Mark(1, counter, counter));
  }

  /** A change of the stream while nothing is dumped. */
  @Benchmark
  public void changeWithoutDump() {
    idle.accept(insert);
  }

  /** A row of a chunk: buffered, then evaluated beside touches of each hundredth row. */
  @Benchmark
  @OperationsPerInvocation(CHUNK_ROWS)
  public void rowOfAChunk() {
    Mark from = new Mark(1, counter, counter);
    ChunkId id = new ChunkId(0, 1, ++chunk);
    for (LaneRecord touch : touches) {
      dumping.accept(touch);
    }
    for (RowBatch batch : batches) {
      dumping.accept(new LaneRecord.Rows(0, id, from, SampleRows.SCHEMA, batch, 0));
    }
    dumping.accept(new LaneRecord.ChunkEnd(0, id, from, SampleRows.SCHEMA.name(), counter + 1));
    dumping.accept(nextMark());
    dumping.takeEvaluated();
    dumping.accept(new LaneRecord.Promise(0, 0, 1, counter));
  }
}
