package io.tidemark.cli.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CountersTest {
  @Test
  void eachCounterHasToBePositive() {
    assertThat(new Counters(1, 1, 1, 1, 1, 1, 1, 1).allPositive()).isTrue();
    assertThat(new Counters(0, 1, 1, 1, 1, 1, 1, 1).allPositive()).isFalse();
    assertThat(new Counters(1, 0, 1, 1, 1, 1, 1, 1).allPositive()).isFalse();
    assertThat(new Counters(1, 1, 0, 1, 1, 1, 1, 1).allPositive()).isFalse();
    assertThat(new Counters(1, 1, 1, 0, 1, 1, 1, 1).allPositive()).isFalse();
    assertThat(new Counters(1, 1, 1, 1, 0, 1, 1, 1).allPositive()).isFalse();
    assertThat(new Counters(1, 1, 1, 1, 1, 0, 1, 1).allPositive()).isFalse();
    assertThat(new Counters(1, 1, 1, 1, 1, 1, 0, 1).allPositive()).isFalse();
    assertThat(new Counters(1, 1, 1, 1, 1, 1, 1, 0).allPositive()).isFalse();
  }

  @Test
  void theVerdictIsEqualOnlyWithoutAnyDifference() {
    assertThat(new Verdict(5, 100, 0, 0, 0).isEqual()).isTrue();
    assertThat(new Verdict(5, 100, 1, 0, 0).isEqual()).isFalse();
    assertThat(new Verdict(5, 100, 0, 1, 0).isEqual()).isFalse();
    assertThat(new Verdict(5, 100, 0, 0, 1).isEqual()).isFalse();
    assertThat(new Verdict(5, 100, 1, 2, 3))
        .hasToString("verified: tables=5 rows=100 missing=1 extra=2 different=3");
  }
}
