package io.tidemark.source.merge;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.tidemark.source.record.Bytes;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Bytes are a lane's state, of any version, or an {@link IOException}. */
class LaneStateSerializerFuzzTest {
  static Stream<byte[]> seeds() {
    return Stream.of(
        LaneStateSerializerTest.VERSION_1,
        LaneStateSerializerTest.version2(),
        LaneStateSerializerTest.version3(5));
  }

  @MethodSource("seeds")
  @FuzzTest
  void bytesAreAStateOrAnIoException(byte[] input) throws IOException {
    Bytes.readAnything(new LaneStateSerializer(), input);
  }
}
