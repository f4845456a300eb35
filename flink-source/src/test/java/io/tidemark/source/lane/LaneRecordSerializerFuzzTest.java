package io.tidemark.source.lane;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.tidemark.source.format.Bytes;
import java.io.IOException;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Bytes are a record for a lane or an {@link IOException}. */
class LaneRecordSerializerFuzzTest {
  static Stream<byte[]> seeds() {
    return LongStream.range(0, 40).mapToObj(LaneRecordSerializerFuzzTest::seed);
  }

  @MethodSource("seeds")
  @FuzzTest
  void bytesAreARecordOrAnIoException(byte[] input) throws IOException {
    Bytes.readAnything(new LaneRecordSerializer(), input);
  }

  private static byte[] seed(long seed) {
    return Bytes.written(new LaneRecordSerializer(), new RandomRecords(seed).record());
  }
}
