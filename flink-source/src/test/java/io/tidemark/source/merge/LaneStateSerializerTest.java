package io.tidemark.source.merge;

import static io.tidemark.source.format.Bytes.hex;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.source.format.Bytes;
import java.io.IOException;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LaneStateSerializerTest {
  private static final byte[] VERSION_4 = hex("04 00000005");

  /** Lane 5 in two frames, with anything behind it. */
  private static final byte[] VERSION_3 =
      hex("03", "00000007 00000005 aabbcc", "00000002 ddee", "00000000");

  private final LaneStateSerializer serializer = new LaneStateSerializer();

  @Test
  void version4IsWrittenAndRead() throws IOException {
    assertThat(Bytes.of(serializer, new LaneState(5))).isEqualTo(VERSION_4);
    assertThat(Bytes.read(serializer, VERSION_4)).isEqualTo(new LaneState(5));
  }

  @Test
  void ofVersions2And3TheLaneIsRead() throws IOException {
    assertThat(Bytes.read(serializer, VERSION_3)).isEqualTo(new LaneState(5));
    byte[] version2 = VERSION_3.clone();
    version2[0] = 2;
    assertThat(Bytes.read(serializer, version2)).isEqualTo(new LaneState(5));
    byte[] laneAlone = hex("03", "00000004 00000006", "00000000");
    assertThat(Bytes.read(serializer, laneAlone)).isEqualTo(new LaneState(6));
  }

  @Test
  void otherVersionsAndWhatCannotBeAreRefused() {
    for (int version : new int[] {0, 1, 5}) {
      byte[] other = VERSION_4.clone();
      other[0] = (byte) version;
      assertThatThrownBy(() -> Bytes.read(serializer, other))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("a lane of version " + version + "; known are 2 to 4");
    }
    assertThatThrownBy(() -> Bytes.read(serializer, hex("04 ffffffff")))
        .hasMessageContaining("lane -1");
    assertThatThrownBy(() -> Bytes.read(serializer, hex("03 00000003 000000")))
        .hasMessageContaining("a frame of 3 bytes does not begin with a lane");
    assertThatThrownBy(() -> Bytes.read(serializer, hex("03 00000004 00000005 ffffffff")))
        .hasMessageContaining("a frame of -1 bytes");
  }

  @Test
  void corruptedBytesAreAnIoException() {
    for (long seed = 0; seed < 200; seed++) {
      Bytes.corrupt(serializer, VERSION_3, new Random(seed));
      Bytes.corrupt(serializer, VERSION_4, new Random(seed));
    }
  }
}
