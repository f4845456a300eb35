package io.tidemark.source.merge;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PromisesTest {
  private final Promises promises = new Promises();

  @Test
  void aReaderThatHasNotPromisedCanUseAnyMark() {
    assertThat(promises.least()).isEqualTo(Long.MIN_VALUE);
    promises.put(0, 2, 5);
    assertThat(promises.least()).isEqualTo(Long.MIN_VALUE);
    promises.put(1, 2, 3);
    assertThat(promises.least()).isEqualTo(3);
    promises.put(1, 2, 9);
    assertThat(promises.least()).isEqualTo(5);
  }

  @Test
  void promisesOfAnotherNumberOfReadersAreVoid() {
    promises.put(0, 1, 5);
    promises.put(1, 2, 5);
    assertThat(promises.least()).isEqualTo(Long.MIN_VALUE);
  }
}
