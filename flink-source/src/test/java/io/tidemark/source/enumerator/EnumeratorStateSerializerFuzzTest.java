package io.tidemark.source.enumerator;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.tidemark.source.format.Bytes;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Bytes are the enumerator's state or an {@link IOException}. */
class EnumeratorStateSerializerFuzzTest {
  static Stream<byte[]> seeds() {
    return Stream.of(EnumeratorStateSerializerTest.VERSION_5, new byte[33]);
  }

  @MethodSource("seeds")
  @FuzzTest
  void bytesAreAStateOrAnIoException(byte[] input) throws IOException {
    Bytes.readAnything(new EnumeratorStateSerializer(), input);
  }
}
