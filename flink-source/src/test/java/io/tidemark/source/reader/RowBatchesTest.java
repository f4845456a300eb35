package io.tidemark.source.reader;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.KeyExtractor;
import io.tidemark.postgres.KeyHasher;
import io.tidemark.source.lane.LaneRecord;
import io.tidemark.source.lane.RowBatch;
import io.tidemark.source.reader.DumpScheduler.Grant;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class RowBatchesTest {
  private static final int ROW = 14;

  private final DumpQueue queue = new DumpQueue(Long.MAX_VALUE);
  private final Grant grant = Grants.grant();

  @Test
  void eachRowGoesToTheLaneOfItsKeyWithItsHash() throws InterruptedException {
    RowBatches batches = new RowBatches(grant, queue, 4);
    for (int i = 0; i < 40; i++) {
      batches.row(row(i, ROW));
    }
    assertThat(handedOver()).as("none is full").isEmpty();
    batches.flush();
    KeyHasher hasher = new KeyHasher(Grants.SCHEMA);
    List<byte[]> rows = new ArrayList<>();
    List<LaneRecord.Rows> all = handedOver();
    assertThat(all).extracting(LaneRecord.Rows::lane).containsExactly(0, 1, 2, 3);
    for (LaneRecord.Rows each : all) {
      assertThat(each.chunk()).isEqualTo(grant.chunk());
      assertThat(each.mark()).isEqualTo(grant.mark());
      assertThat(each.schema()).isEqualTo(Grants.SCHEMA);
      RowBatch batch = each.batch();
      assertThat(batch.bytes()).isEqualTo(batch.size() * (long) RowBatch.memorySize(row(0, ROW)));
      for (int i = 0; i < batch.size(); i++) {
        assertThat(batch.hashes()[i]).isEqualTo(hasher.hash(batch.rows()[i]));
        assertThat(KeyExtractor.lane(batch.hashes()[i], 4)).isEqualTo(each.lane());
      }
      rows.addAll(Arrays.asList(batch.rows()));
    }
    assertThat(rows).hasSize(40).doesNotHaveDuplicates();
    batches.flush();
    assertThat(handedOver()).as("all was handed over").isEmpty();
  }

  @Test
  void aBatchIsHandedOverAtItsFiveHundredAndTwelfthRow() throws InterruptedException {
    RowBatches batches = new RowBatches(grant, queue, 1);
    for (int i = 0; i < 511; i++) {
      batches.row(row(i, ROW));
    }
    assertThat(queue.bytes()).isZero();
    batches.row(row(511, ROW));
    assertThat(handedOver()).extracting(each -> each.batch().size()).containsExactly(512);
    batches.row(row(512, ROW));
    batches.flush();
    assertThat(handedOver()).extracting(each -> each.batch().size()).containsExactly(1);
  }

  @Test
  void largeRowsAreHandedOverAtAHundredAndTwentyEightKilobytes() throws InterruptedException {
    int half = (64 << 10) - RowBatch.memorySize(new byte[0]);
    RowBatches batches = new RowBatches(grant, queue, 1);
    batches.row(row(1, half));
    batches.row(row(2, half - 1));
    assertThat(queue.bytes()).isZero();
    batches.row(row(3, 14));
    assertThat(handedOver()).extracting(each -> each.batch().size()).containsExactly(3);
    batches.row(row(4, half));
    batches.row(row(5, half));
    assertThat(handedOver()).extracting(each -> each.batch().size()).containsExactly(2);
  }

  private List<LaneRecord.Rows> handedOver() {
    List<LaneRecord.Rows> all = new ArrayList<>();
    while (queue.poll() instanceof DumpQueue.Item.Rows rows) {
      assertThat(rows.grant()).isSameAs(grant);
      all.add(rows.rows());
    }
    return all;
  }

  /** A row of so many bytes; what is after its column is of no matter. */
  private static byte[] row(long id, int size) {
    return ByteBuffer.allocate(size).putShort((short) 1).putInt(8).putLong(id).array();
  }
}
