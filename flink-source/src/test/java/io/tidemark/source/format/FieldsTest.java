package io.tidemark.source.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;

class FieldsTest {
  @Test
  void rowsOfAnyLengthsComeBackAndEachIsItsLengthAndItsBytes() throws IOException {
    int[] lengths = {2, 16_378, 3, 16_379, 16_380, 16_381, 100_000, 2, 8_000, 8_000, 8_000};
    byte[][] rows = new byte[lengths.length][];
    Random random = new Random(5);
    DataOutputSerializer plain = new DataOutputSerializer(64);
    plain.writeInt(lengths.length);
    for (int i = 0; i < lengths.length; i++) {
      rows[i] = new byte[lengths[i]];
      random.nextBytes(rows[i]);
      plain.writeInt(lengths[i]);
      plain.write(rows[i]);
    }
    DataOutputSerializer out = new DataOutputSerializer(64);
    Fields.writeRows(rows, out);
    assertThat(out.getCopyOfBuffer()).isEqualTo(plain.getCopyOfBuffer());
    byte[][] read = Fields.readRows(new DataInputDeserializer(out.getCopyOfBuffer()));
    assertThat(Arrays.deepEquals(read, rows)).isTrue();
  }
}
