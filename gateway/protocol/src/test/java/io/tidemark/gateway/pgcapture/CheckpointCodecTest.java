package io.tidemark.gateway.pgcapture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.tidemark.gateway.event.WireBuffer;
import io.tidemark.gateway.pgcapture.CheckpointCodec.Target;
import io.tidemark.gateway.wire.pgcapture.Checkpoint;
import org.junit.jupiter.api.Test;

class CheckpointCodecTest {
  private static final int DUMP_ID = 0xF18E_F83C;

  private static Checkpoint ofChange(long lsn, long ordinal, long run, long sequence)
      throws InvalidProtocolBufferException {
    WireBuffer buffer = new WireBuffer();
    CheckpointCodec.putChange(lsn, ordinal, run, sequence, buffer);
    return Checkpoint.parseFrom(buffer.toByteArray());
  }

  private static Checkpoint ofDumpedRow(boolean last) throws InvalidProtocolBufferException {
    WireBuffer buffer = new WireBuffer();
    CheckpointCodec.putDumpedRow(DUMP_ID, last, buffer);
    return Checkpoint.parseFrom(buffer.toByteArray());
  }

  @Test
  void aChangeIsFoundByItsSequenceAndThePublishersRun() throws InvalidProtocolBufferException {
    Checkpoint checkpoint = ofChange(0xFFFF_0000_0000_0001L, 3, -7, 1L << 40);
    assertThat(checkpoint.getLsn()).isEqualTo(0xFFFF_0000_0000_0001L);
    assertThat(checkpoint.getSeq()).isEqualTo(3);
    assertThat(CheckpointCodec.target(checkpoint)).isEqualTo(new Target.Change(-7, 1L << 40));
    assertThat(ofChange(1, (1L << 32) + 5, 0, 0).getSeq()).as("32 bits of it").isEqualTo(5);
  }

  @Test
  void aRowOfADumpHasTheDumpsIdAndTheLastOneSaysSo() throws InvalidProtocolBufferException {
    Checkpoint row = ofDumpedRow(false);
    assertThat(row.getLsn()).isZero();
    assertThat(Integer.toUnsignedLong(row.getSeq())).isEqualTo(4_052_678_716L);
    assertThat(row.getData()).isEqualTo(ByteString.EMPTY);
    Checkpoint last = ofDumpedRow(true);
    assertThat(last.getData().toByteArray()).containsExactly(1);
    assertThat(CheckpointCodec.target(row)).isEqualTo(new Target.DumpedRow(DUMP_ID, false));
    assertThat(CheckpointCodec.target(last)).isEqualTo(new Target.DumpedRow(DUMP_ID, true));
  }

  @Test
  void whatNoMessageHadIsRefused() {
    assertRefused(10, ByteString.EMPTY);
    assertRefused(10, ByteString.copyFrom(new byte[15]));
    assertRefused(10, ByteString.copyFrom(new byte[17]));
    assertRefused(0, ByteString.copyFrom(new byte[] {2}));
    assertRefused(0, ByteString.copyFrom(new byte[16]));
    assertThatThrownBy(() -> ofChange(0, 1, 1, 1)).hasMessageContaining("without a commit LSN");
  }

  private static void assertRefused(long lsn, ByteString data) {
    Checkpoint checkpoint = Checkpoint.newBuilder().setLsn(lsn).setSeq(-1).setData(data).build();
    assertThatThrownBy(() -> CheckpointCodec.target(checkpoint))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "no message has the checkpoint lsn %d, seq 4294967295, with %d bytes of data"
                .formatted(lsn, data.size()));
  }
}
