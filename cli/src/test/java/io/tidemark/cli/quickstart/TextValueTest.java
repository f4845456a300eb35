package io.tidemark.cli.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.postgres.Column;
import io.tidemark.postgres.PgType;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TextValueTest {
  private static Column column(int oid) {
    return new Column("c", PgType.base(oid, "some"), -1);
  }

  @ParameterizedTest
  @CsvSource({
    "23, -2, fffffffe",
    "20, 7, 0000000000000007",
    "25, ü, c3bc",
    "1043, a, 61",
    "1184, 2000-01-01 00:00:01+00, 00000000000f4240",
    "1184, 2000-01-01 00:00:00.5+00, 000000000007a120",
    "1184, 2000-01-01 00:00:00.000001+00, 0000000000000001",
    "1184, 1999-12-31 23:59:59.99+00, ffffffffffffd8f0",
  })
  void aTextIsTheValueThatPostgresSends(int oid, String text, String binary) {
    assertThat(TextValue.column(column(oid), text))
        .isEqualTo(RowImage.column(HexFormat.of().parseHex(binary)));
  }

  @Test
  void ofOtherTypesThereIsNone() {
    assertThat(TextValue.column(column(600), null)).isEqualTo(RowImage.column(null));
    assertThatThrownBy(() -> TextValue.column(column(600), "(1,2)"))
        .hasMessage("the quickstart adds no columns of type some");
  }
}
