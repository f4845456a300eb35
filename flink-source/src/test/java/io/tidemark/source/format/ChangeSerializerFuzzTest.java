package io.tidemark.source.format;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.tidemark.source.lane.RandomRecords;
import java.io.IOException;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Bytes are a change or an {@link IOException}. */
class ChangeSerializerFuzzTest {
  static Stream<byte[]> seeds() {
    return LongStream.range(0, 40).mapToObj(ChangeSerializerFuzzTest::seed);
  }

  @MethodSource("seeds")
  @FuzzTest
  void bytesAreAChangeOrAnIoException(byte[] input) throws IOException {
    Bytes.readAnything(new ChangeSerializer(), input);
  }

  private static byte[] seed(long seed) {
    return Bytes.written(new ChangeSerializer(), new RandomRecords(seed).change());
  }
}
