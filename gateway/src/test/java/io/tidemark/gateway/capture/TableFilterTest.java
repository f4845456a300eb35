package io.tidemark.gateway.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class TableFilterTest {
  private static TableFilter filter(Value value) {
    return TableFilter.of(Struct.newBuilder().putFields("TableRegex", value).build());
  }

  private static TableFilter filter(String expression) {
    return filter(Value.newBuilder().setStringValue(expression).build());
  }

  @Test
  void withoutAnExpressionAllTablesAreWanted() {
    assertThat(TableFilter.of(Struct.getDefaultInstance()).matches("anything")).isTrue();
    assertThat(filter("").matches("anything")).isTrue();
    assertThat(filter(Value.newBuilder().setNullValueValue(0).build()).matches("t")).isTrue();
    Struct other = Struct.newBuilder().putFields("Other", Value.newBuilder().build()).build();
    assertThat(TableFilter.of(other).matches("anything")).isTrue();
  }

  @Test
  void anExpressionIsFoundAnywhereInTheName() {
    assertThat(filter("user").matches("old_users")).isTrue();
    assertThat(filter("^user").matches("old_users")).isFalse();
    assertThat(filter("^(users|orders)$").matches("orders")).isTrue();
    assertThat(filter("^(users|orders)$").matches("orders_2026")).isFalse();
    assertThat(filter("(?i)USER").matches("old_users")).isTrue();
    assertThat(filter("\\.").matches("orders")).as("the schema is no part of it").isFalse();
  }

  @Test
  void whatIsNoExpressionIsRefused() {
    assertThatThrownBy(() -> filter("("))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("TableRegex is no regular expression")
        .hasMessageContaining("missing closing )");
    assertThatThrownBy(() -> filter("(a)\\1"))
        .as("RE2 has no back references")
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> filter(Value.newBuilder().setNumberValue(1).build()))
        .hasMessageContaining("must be a string, and is a NUMBER_VALUE");
    assertThatThrownBy(() -> filter("a".repeat(4097)))
        .hasMessageContaining("has 4097 characters: 4096 are the most");
  }

  @Test
  @Timeout(10)
  void noExpressionTakesLong() {
    assertThat(filter("(a*)*(a*)*(a*)*b").matches("a".repeat(63))).isFalse();
  }
}
