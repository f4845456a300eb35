package io.tidemark.source.merge;

import static io.tidemark.source.record.Bytes.hex;
import static io.tidemark.source.record.Bytes.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.source.record.Bytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LaneStateSerializerTest {
  /** Fingerprint, length, bytes of the schema of {@link LaneHarness#T}. */
  private static final String SCHEMA =
      "f31e1c06f9eb908bc162685022efd0d7"
          + "0000006e"
          + "01 00000074"
          + text("public")
          + text("t")
          + "64 00000003"
          + text("id")
          + "ffffffff 00000019"
          + text("text")
          + "00 01 00"
          + text("a")
          + "ffffffff 00000019"
          + text("text")
          + "00 01 00"
          + text("toast")
          + "ffffffff 00000019"
          + text("text")
          + "00 01 00"
          + "00000001 00000000";

  static final byte[] VERSION_1 =
      hex(
          "01", // version
          "00000000", // lane
          "0000000000000002", // newest mark
          "00000001", // tables
          text("public") + text("t") + "01", // name, armed
          "0000000000000000", // at
          "ffffffffffffffff", // never truncated
          "ffffffffffffffff", // its columns never changed
          "01" + SCHEMA,
          "00000002", // touches
          "00000007 0001 00000001 77", // key (w)
          "0000000000000001 0000000000000001 00", // last, settled, nothing known
          "00000007 0001 00000001 70", // key (p)
          "0000000000000002 ffffffffffffffff", // last, never settled
          "01 0000000f 0003 62 00000001 70 62 00000001 32 75", // known: p, 2, unchanged
          "00000001", // voided
          text("public") + text("t") + "0000000000000002",
          "00000001", // chunks
          "0000000000000007 0000000000000001", // id
          "0000000000000001 0000000000000002 0000000000000014 0000000000000000", // mark
          "0000000000000002", // counter
          text("public") + text("t"),
          "0000000000000015", // high
          "01" + SCHEMA,
          "00000001 00000001", // batches, rows
          "00000011 0003 00000001 6b 00000001 31 00000001 78", // k, 1, x
          "4c"); // end

  private static final byte[] BEHIND_REQUEST =
      hex("00000001 00000001 00000011 0003 00000001 6b 00000001 31 00000001 78 4c");

  private final LaneStateSerializer serializer = new LaneStateSerializer();

  private static LaneHarness lane() {
    LaneHarness lane = LaneHarness.armed();
    lane.voidChunks(2);
    lane.update("w", "1", "x");
    lane.mark(2);
    lane.update("p", "2", LaneHarness.U);
    lane.chunk(1, 2, "k", "1", "x");
    return lane;
  }

  /** What version 1 has, in one frame. */
  static byte[] version2() {
    return inFrame(2, Arrays.copyOfRange(VERSION_1, 1, VERSION_1.length));
  }

  /** What version 2 has, and the request of the chunk's rows. */
  static byte[] version3(long request) {
    int rest = BEHIND_REQUEST.length;
    int before = VERSION_1.length - 1 - rest;
    ByteBuffer state = ByteBuffer.allocate(before + Long.BYTES + rest);
    state.put(VERSION_1, 1, before).putLong(request).put(BEHIND_REQUEST);
    return inFrame(3, state.array());
  }

  private static byte[] inFrame(int version, byte[] state) {
    ByteBuffer bytes = ByteBuffer.allocate(1 + 4 + state.length + 4);
    return bytes.put((byte) version).putInt(state.length).put(state).putInt(0).array();
  }

  @Test
  void version3IsWrittenAndRead() throws IOException {
    assertThat(Bytes.of(serializer, lane().merge.snapshot())).isEqualTo(version3(0));
    assertThat(Bytes.read(serializer, version3(0)))
        .usingRecursiveComparison(Bytes.BY_FIELDS)
        .isEqualTo(lane().merge.snapshot());
    LaneState onDemand = Bytes.read(serializer, version3(5));
    assertThat(onDemand.chunks().get(0).request()).isEqualTo(5);
    assertThat(Bytes.of(serializer, onDemand)).isEqualTo(version3(5));
  }

  @Test
  void version2IsRead() throws IOException {
    assertThat(Bytes.read(serializer, version2()))
        .usingRecursiveComparison(Bytes.BY_FIELDS)
        .isEqualTo(lane().merge.snapshot());
  }

  @Test
  void version1IsRead() throws IOException {
    assertThat(Bytes.read(serializer, VERSION_1))
        .usingRecursiveComparison(Bytes.BY_FIELDS)
        .isEqualTo(lane().merge.snapshot());
  }

  @Test
  void otherVersionsAndOtherEndsAreRefused() {
    byte[] newer = VERSION_1.clone();
    newer[0] = 4;
    assertThatThrownBy(() -> Bytes.read(serializer, newer))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("version 4");
    byte[] wrong = VERSION_1.clone();
    wrong[wrong.length - 1] = 0;
    assertThatThrownBy(() -> Bytes.read(serializer, wrong))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("lane 0 ends in byte 0");
  }

  @Test
  void corruptedBytesAreAnIoException() {
    for (long seed = 0; seed < 200; seed++) {
      Bytes.corrupt(serializer, VERSION_1, new Random(seed));
      Bytes.corrupt(serializer, version2(), new Random(seed));
      Bytes.corrupt(serializer, version3(5), new Random(seed));
    }
  }
}
