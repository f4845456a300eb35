package io.tidemark.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LsnTest {
  @Test
  void textIsReadAndWrittenAsPostgresHasIt() {
    assertThat(Lsn.parse("16/B374D848")).isEqualTo(new Lsn(0x16_B374_D848L));
    assertThat(Lsn.parse("ffffffff/ffffffff")).isEqualTo(new Lsn(-1));
    assertThat(Lsn.parse("0/0")).isEqualTo(Lsn.INVALID);
    assertThat(new Lsn(0x16_B374_D848L)).hasToString("16/B374D848");
    assertThat(Lsn.format(-1)).isEqualTo("FFFFFFFF/FFFFFFFF");
    assertThat(Lsn.format(5)).isEqualTo("0/5");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/",
        "1/",
        "/1",
        "1",
        "123456789/0",
        "0/123456789",
        "g/0",
        "0/g",
        "-1/0",
        "0/-1",
        "+1/0",
        "1/2/3",
        " 1/0"
      })
  void otherTextIsNoLsn(String text) {
    assertThatThrownBy(() -> Lsn.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not an LSN: '" + text + "'");
  }

  @Test
  void theyCompareUnsigned() {
    assertThat(Lsn.compare(Long.MIN_VALUE, Long.MAX_VALUE)).isPositive();
    assertThat(Lsn.compare(1, 2)).isNegative();
    assertThat(Lsn.compare(2, 2)).isZero();
    assertThat(Lsn.max(Long.MIN_VALUE, 3)).isEqualTo(Long.MIN_VALUE);
    assertThat(Lsn.max(3, Long.MIN_VALUE)).isEqualTo(Long.MIN_VALUE);
    assertThat(new Lsn(-1)).isGreaterThan(new Lsn(1));
    assertThat(new Lsn(1)).isEqualByComparingTo(new Lsn(1));
  }
}
