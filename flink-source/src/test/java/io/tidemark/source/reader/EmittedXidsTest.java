package io.tidemark.source.reader;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.SnapshotXids;
import io.tidemark.postgres.stream.StreamPosition;
import io.tidemark.source.split.CaptureSplit;
import io.tidemark.source.split.SplitCodec;
import io.tidemark.source.split.StreamSplit;
import io.tidemark.source.split.UnseenXids;
import java.io.IOException;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;

class EmittedXidsTest {
  private final EmittedXids xids = new EmittedXids(4);

  @Test
  void aSnapshotCountsOnceItSeesEveryEmittedTransaction() {
    assertThat(counts(xids, "10:10:")).isTrue();
    xids.emitted(12);
    xids.emitted(11);
    assertThat(counts(xids, "11:13:11")).isFalse();
    assertThat(counts(xids, "11:12:11")).as("12 was seen before").isFalse();
    assertThat(counts(xids, "12:13:")).isTrue();
  }

  @Test
  void beyondItsBoundAllOlderTransactionsMustHaveEnded() {
    for (int xid : new int[] {20, 25, 21, 22, 23}) {
      xids.emitted(xid);
    }
    // 20 and 25 are forgotten; 24 may be one of the forgotten ones, for all it knows.
    assertThat(counts(xids, "24:30:24")).isFalse();
    assertThat(counts(xids, "26:30:26")).isTrue();
    assertThat(counts(xids, "24:30:24")).as("nothing is forgotten any more").isTrue();
  }

  @Test
  void aForgottenTransactionIsComparedModulo32Bits() {
    for (int xid : new int[] {-2, -1, 0, 1, 2}) {
      xids.emitted(xid);
    }
    assertThat(counts(xids, "4294967294:4294967310:4294967294")).isFalse();
    assertThat(counts(xids, "4294967296:4294967310:4294967305")).isTrue();
  }

  @Test
  void aRestoredStreamKnowsWhatItHadEmitted() throws IOException {
    for (int xid : new int[] {5, 6, 7, 8, 9}) {
      xids.emitted(xid);
    }
    StreamSplit split =
        new StreamSplit(new StreamPosition(1, 0, 0, 0), 1, 1, 16400, 0, List.of(), xids.state(), 0);
    DataOutputSerializer out = new DataOutputSerializer(64);
    SplitCodec.write(split, out);
    CaptureSplit read =
        SplitCodec.read(new DataInputDeserializer(out.getCopyOfBuffer()), SplitCodec.VERSION);
    assertThat(read).isEqualTo(split);
    EmittedXids restored = new EmittedXids(4);
    restored.restore(((StreamSplit) read).unseenXids());
    assertThat(counts(restored, "9:10:9")).isFalse();
    assertThat(counts(restored, "10:10:")).isTrue();

    xids.emitted(20);
    EmittedXids forgetful = new EmittedXids(4);
    forgetful.restore(xids.state());
    assertThat(forgetful.state()).isEqualTo(xids.state()).isNotEqualTo(UnseenXids.NONE);
    assertThat(counts(forgetful, "5:30:5")).as("5 is forgotten").isFalse();
  }

  @Test
  void theNewestForgottenTransactionCountsInWhateverOrderTheyCommitted() {
    for (int xid : new int[] {25, 20, 21, 22, 23}) {
      xids.emitted(xid);
    }
    assertThat(counts(xids, "24:30:24")).as("25 may be in progress, for all it knows").isFalse();
    assertThat(counts(xids, "26:30:26")).isTrue();
  }

  @Test
  void thoseThatAreNotForgottenAreTheLastOnes() {
    for (int xid : new int[] {5, 6, 21, 22, 23}) {
      xids.emitted(xid);
    }
    assertThat(counts(xids, "21:30:21")).isFalse();
    assertThat(counts(xids, "22:30:")).isTrue();
  }

  @Test
  void asManyAreKeptAsWasSaid() {
    EmittedXids many = new EmittedXids(100);
    int[] all = IntStream.rangeClosed(1, 100).toArray();
    for (int xid : all) {
      many.emitted(xid);
    }
    assertThat(many.state()).isEqualTo(new UnseenXids(false, 0, all));
  }

  private static boolean counts(EmittedXids xids, String snapshot) {
    return xids.counts(SnapshotXids.parse(snapshot));
  }
}
