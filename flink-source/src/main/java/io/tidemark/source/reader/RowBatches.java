package io.tidemark.source.reader;

import io.tidemark.dump.chunk.RowSink;
import io.tidemark.postgres.KeyExtractor;
import io.tidemark.postgres.KeyHasher;
import io.tidemark.postgres.TableSchema;
import io.tidemark.source.lane.LaneRecord;
import io.tidemark.source.lane.RowBatch;
import io.tidemark.source.reader.DumpScheduler.Grant;
import java.util.Arrays;

/** Gathers a chunk's rows into batches, each for one lane. On the dump thread. */
final class RowBatches implements RowSink {
  private static final int MAX_ROWS = 512;
  private static final int MAX_BYTES = 128 << 10;

  private final Grant grant;
  private final TableSchema schema;
  private final long request;
  private final DumpQueue queue;
  private final KeyHasher keys;
  private final Batch[] batches;

  /** What is gathered for one lane. */
  private static final class Batch {
    private byte[][] rows = new byte[MAX_ROWS][];
    private int[] hashes = new int[MAX_ROWS];
    private int count;
    private long bytes;

    boolean isFull() {
      return count == MAX_ROWS || bytes >= MAX_BYTES;
    }

    void add(byte[] row, int hash) {
      rows[count] = row;
      hashes[count++] = hash;
      bytes += RowBatch.memorySize(row);
    }

    RowBatch take() {
      boolean whole = count == MAX_ROWS;
      RowBatch taken =
          new RowBatch(
              whole ? rows : Arrays.copyOf(rows, count),
              whole ? hashes : Arrays.copyOf(hashes, count),
              bytes);
      rows = new byte[MAX_ROWS][];
      hashes = new int[MAX_ROWS];
      count = 0;
      bytes = 0;
      return taken;
    }
  }

  RowBatches(Grant grant, DumpQueue queue, int lanes) {
    this.grant = grant;
    this.schema = grant.work().split.table().schema();
    this.request = grant.work().split.request();
    this.queue = queue;
    this.keys = new KeyHasher(schema);
    this.batches = new Batch[lanes];
  }

  @Override
  public void row(byte[] tuple) throws InterruptedException {
    int hash = keys.hash(tuple);
    int lane = KeyExtractor.lane(hash, batches.length);
    Batch batch = batches[lane];
    if (batch == null) {
      batch = new Batch();
      batches[lane] = batch;
    }
    batch.add(tuple, hash);
    if (batch.isFull()) {
      flush(lane);
    }
  }

  void flush() throws InterruptedException {
    for (int lane = 0; lane < batches.length; lane++) {
      if (batches[lane] != null && batches[lane].count > 0) {
        flush(lane);
      }
    }
  }

  private void flush(int lane) throws InterruptedException {
    queue.put(
        new DumpQueue.Item.Rows(
            grant,
            new LaneRecord.Rows(
                lane, grant.chunk(), grant.mark(), schema, batches[lane].take(), request)));
  }
}
