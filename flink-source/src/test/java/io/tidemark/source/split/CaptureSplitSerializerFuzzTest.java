package io.tidemark.source.split;

import static io.tidemark.source.format.Bytes.hex;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.tidemark.source.format.Bytes;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Bytes are a split or an {@link IOException}. */
class CaptureSplitSerializerFuzzTest {
  static Stream<byte[]> seeds() {
    return Stream.of(
        hex(CaptureSplitSerializerTest.STREAM_BYTES),
        hex("02", CaptureSplitSerializerTest.PAGES_BYTES),
        hex("02", CaptureSplitSerializerTest.KEYS_BYTES),
        hex("02", CaptureSplitSerializerTest.REQUESTED_BYTES));
  }

  @MethodSource("seeds")
  @FuzzTest
  void bytesAreASplitOrAnIoException(byte[] input) throws IOException {
    Bytes.readAnything(new CaptureSplitSerializer(), input);
  }
}
