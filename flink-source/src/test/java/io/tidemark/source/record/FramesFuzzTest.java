package io.tidemark.source.record;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.tidemark.testkit.Pieces;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Bytes are frames, of which any fields can be read, or an {@link IOException}; what is written
 * comes back. The input, as {@link Pieces}: which fields to read, the bytes to read them from.
 */
class FramesFuzzTest {
  static Stream<byte[]> seeds() {
    byte[] large = new byte[70_000 - 4_500];
    Arrays.fill(large, (byte) 7);
    return Stream.of(
        Pieces.join(new byte[] {0, 1, 2}, framed(new byte[13])),
        Pieces.join(new byte[] {3, 3}, framed(new byte[] {0, 2, 'a', 'b', 0, 0})),
        Pieces.join(new byte[] {4, 2}, framed(new byte[] {0, 0, 0, 1, 5, 6})),
        Pieces.join(new byte[] {5, 5, 6, 2}, framed(new byte[301])),
        Pieces.join(new byte[0], framed(new byte[0])),
        Pieces.join(new byte[] {7}, framed(large)));
  }

  @MethodSource("seeds")
  @FuzzTest
  void bytesAreFramesOrAnIoException(byte[] input) throws IOException {
    List<byte[]> pieces = Pieces.split(input);
    if (pieces.size() < 2) {
      return;
    }
    DataInputDeserializer in = new DataInputDeserializer(pieces.get(1));
    try {
      Frames.read(in, framed -> readFields(pieces.get(0), framed));
    } catch (IOException expected) {
      assertThat(expected).isNotNull();
    }
    byte[] frames = framed(pieces.get(0), pieces.get(1));
    byte[] back = new byte[pieces.get(0).length + pieces.get(1).length];
    Frames.read(
        new DataInputDeserializer(frames),
        framed -> {
          framed.readFully(back);
          return null;
        });
    assertThat(Arrays.copyOf(back, pieces.get(0).length)).isEqualTo(pieces.get(0));
    assertThat(Arrays.copyOfRange(back, pieces.get(0).length, back.length))
        .isEqualTo(pieces.get(1));
  }

  private static Void readFields(byte[] fields, DataInputView framed) throws IOException {
    for (byte field : fields) {
      switch (field & 7) {
        case 0 -> framed.readInt();
        case 1 -> framed.readLong();
        case 2 -> framed.readByte();
        case 3 -> framed.readUTF();
        case 4 -> Fields.readBytes(framed);
        case 5 -> framed.skipBytesToRead(100);
        case 6 -> framed.readFully(new byte[100]);
        default -> readToTheEnd(framed);
      }
    }
    return null;
  }

  private static void readToTheEnd(DataInputView framed) throws IOException {
    byte[] one = new byte[1];
    int read;
    do {
      read = framed.read(one);
    } while (read >= 0);
    assertThat(framed.read(one)).isEqualTo(-1);
  }

  private static byte[] framed(byte[]... pieces) {
    DataOutputSerializer out = new DataOutputSerializer(64);
    try {
      Frames.write(
          out,
          framed -> {
            for (byte[] piece : pieces) {
              framed.write(piece);
            }
          });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.getCopyOfBuffer();
  }
}
