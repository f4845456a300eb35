package io.tidemark.source.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;

class FramesTest {
  @Test
  void whatIsWrittenIsReadAndNothingBeyondIt() throws IOException {
    for (int drawn = 0; drawn < 50; drawn++) {
      int seed = drawn;
      Random random = new Random(seed);
      List<byte[]> pieces = new ArrayList<>();
      for (int left = random.nextInt(40); left > 0; left--) {
        byte[] piece = new byte[random.nextInt(1 << random.nextInt(19))];
        random.nextBytes(piece);
        pieces.add(piece);
      }
      DataOutputSerializer out = new DataOutputSerializer(64);
      Frames.write(
          out,
          framed -> {
            for (byte[] piece : pieces) {
              framed.writeLong(piece.length);
              framed.write(piece);
            }
          });
      out.writeInt(77);
      DataInputDeserializer in = new DataInputDeserializer(out.getCopyOfBuffer());
      Frames.read(
          in,
          framed -> {
            for (byte[] piece : pieces) {
              byte[] read = new byte[(int) framed.readLong()];
              framed.readFully(read);
              assertThat(read).as("seed %d", seed).isEqualTo(piece);
            }
            return null;
          });
      assertThat(in.readInt()).isEqualTo(77);
    }
  }

  @Test
  void whatIsLeftOverIsRefused() throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(64);
    Frames.write(out, framed -> framed.writeLong(1));
    DataInputDeserializer in = new DataInputDeserializer(out.getCopyOfBuffer());
    assertThatThrownBy(() -> Frames.read(in, framed -> framed.readInt()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("more than");
  }

  @Test
  void thousandsOfFieldsAreOneWrite() throws IOException {
    int[] writes = new int[1];
    DataOutputSerializer counted =
        new DataOutputSerializer(64) {
          @Override
          public void write(byte[] bytes, int offset, int length) throws IOException {
            writes[0]++;
            super.write(bytes, offset, length);
          }
        };
    Frames.write(
        counted,
        framed -> {
          for (int i = 0; i < 8_000; i++) {
            framed.writeLong(i);
          }
        });
    assertThat(writes[0]).isEqualTo(1);
  }
}
