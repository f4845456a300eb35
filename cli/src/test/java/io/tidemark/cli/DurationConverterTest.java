package io.tidemark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DurationConverterTest {
  @ParameterizedTest
  @ValueSource(strings = {"1ms", "1500ms", "30s", "90s", "5m", "90m", "2h"})
  void whatItPrintsIsWhatItReads(String text) {
    assertThat(DurationConverter.format(new DurationConverter().convert(text))).isEqualTo(text);
  }
}
