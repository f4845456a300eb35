package io.tidemark.cli.local;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ByteSizeTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0 B",
    "1023, 1023 B",
    "1536, 1.5 kB",
    "1048576, 1.0 MB",
    "21474836480, 20.0 GB",
    "9223372036854775807, 8388608.0 TB"
  })
  void bytesReadWell(long bytes, String text) {
    assertThat(ByteSize.format(bytes)).isEqualTo(text);
  }
}
