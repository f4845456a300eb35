package io.tidemark.source.reader;

import io.tidemark.dump.chunk.RowSink;
import io.tidemark.dump.postgres.KeyExtractor;
import io.tidemark.dump.postgres.TableSchema;
import io.tidemark.dump.postgres.Tuple;
import io.tidemark.source.reader.DumpScheduler.Grant;
import io.tidemark.source.record.LaneRecord;
import java.util.Arrays;

/** Gathers a chunk's rows into batches, each for one lane. On the dump thread. */
final class RowBatches implements RowSink {
  private static final int MAX_ROWS = 512;
  private static final int MAX_BYTES = 128 << 10;

  /** What an array takes in memory besides its bytes. */
  private static final int ROW_OVERHEAD = 24;

  private final Grant grant;
  private final TableSchema schema;
  private final DumpQueue queue;
  private final KeyExtractor keys;
  private final byte[][][] rows;
  private final int[] counts;
  private final long[] bytes;

  RowBatches(Grant grant, DumpQueue queue, int lanes) {
    this.grant = grant;
    this.schema = grant.work().split.table().schema();
    this.queue = queue;
    this.keys = lanes == 1 ? null : new KeyExtractor(schema);
    this.rows = new byte[lanes][][];
    this.counts = new int[lanes];
    this.bytes = new long[lanes];
  }

  @Override
  public void row(byte[] tuple) throws InterruptedException {
    int lane = keys == null ? 0 : lane(tuple);
    if (rows[lane] == null) {
      rows[lane] = new byte[MAX_ROWS][];
    }
    rows[lane][counts[lane]++] = tuple;
    bytes[lane] += tuple.length + ROW_OVERHEAD;
    if (counts[lane] == MAX_ROWS || bytes[lane] >= MAX_BYTES) {
      flush(lane);
    }
  }

  private int lane(byte[] tuple) {
    Tuple row = new Tuple(tuple, 0, tuple.length, Tuple.Layout.COPY);
    return KeyExtractor.lane(keys.key(row), rows.length);
  }

  void flush() throws InterruptedException {
    for (int lane = 0; lane < rows.length; lane++) {
      if (counts[lane] > 0) {
        flush(lane);
      }
    }
  }

  private void flush(int lane) throws InterruptedException {
    byte[][] batch =
        counts[lane] == MAX_ROWS ? rows[lane] : Arrays.copyOf(rows[lane], counts[lane]);
    queue.put(
        new DumpQueue.Item.Rows(
            grant,
            new LaneRecord.Rows(lane, grant.chunk(), grant.mark(), schema, batch),
            bytes[lane]));
    rows[lane] = null;
    counts[lane] = 0;
    bytes[lane] = 0;
  }
}
