package io.tidemark.gateway.event;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class WireBufferTest {
  private final WireBuffer buffer = new WireBuffer();

  @Test
  void numbersAreProtobufsVarints() throws IOException {
    for (int bits = 0; bits < 64; bits++) {
      for (long value : new long[] {1L << bits, (1L << bits) - 1, -1L >>> bits}) {
        ByteArrayOutputStream expected = new ByteArrayOutputStream();
        CodedOutputStream out = CodedOutputStream.newInstance(expected);
        if (value != 0) {
          out.writeUInt64(7, value);
        }
        out.flush();
        buffer.clear();
        buffer.putNumber(7, value);
        assertThat(buffer.toByteArray()).as("%d", value).isEqualTo(expected.toByteArray());
      }
    }
  }

  @Test
  void whatIsPutLaterIsReadEarlierHoweverMuchItIs() {
    byte[] large = new byte[100_000];
    large[0] = 1;
    large[99_999] = 2;
    buffer.put(new byte[] {9});
    buffer.put(large);
    buffer.put(new byte[] {0, 8, 0}, 1, 1);
    byte[] read = buffer.toByteArray();
    assertThat(read).hasSize(100_002).hasSize(buffer.size()).startsWith(8, 1).endsWith(2, 9);
    buffer.clear();
    assertThat(buffer.size()).isZero();
  }
}
