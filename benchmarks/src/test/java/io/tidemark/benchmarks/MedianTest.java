package io.tidemark.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class MedianTest {
  @Test
  void ofAnOddNumberIsTheMiddleOne() {
    assertThat(Median.of(List.of(9.0, 1.0, 2.0))).isEqualTo(2.0);
    assertThat(Median.of(List.of(7.0))).isEqualTo(7.0);
  }

  @Test
  void ofAnEvenNumberIsTheMeanOfTheMiddleTwo() {
    assertThat(Median.of(List.of(10.0, 1.0, 4.0, 2.0))).isEqualTo(3.0);
  }

  @Test
  void ofNothingIsRefused() {
    assertThatThrownBy(() -> Median.of(List.of())).hasMessage("the median of no values");
  }
}
