package io.tidemark.gateway.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.postgres.TableName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class TableFilterTest {
  private static boolean matches(String expression, String table) {
    return TableFilter.of(expression, false).matches(new TableName("public", table));
  }

  @Test
  void withoutAnExpressionAllTablesAreWanted() {
    assertThat(matches("", "anything")).isTrue();
  }

  @Test
  void anExpressionIsFoundAnywhereInTheName() {
    assertThat(matches("user", "old_users")).isTrue();
    assertThat(matches("^user", "old_users")).isFalse();
    assertThat(matches("^(users|orders)$", "orders")).isTrue();
    assertThat(matches("^(users|orders)$", "orders_2026")).isFalse();
    assertThat(matches("(?i)USER", "old_users")).isTrue();
    assertThat(matches("\\.", "orders")).as("the schema is no part of it").isFalse();
  }

  @Test
  void theSchemaIsPartOfTheNameWhereItIsSaid() {
    TableFilter filter = TableFilter.of("^public\\.o", true);
    assertThat(filter.matches(new TableName("public", "orders"))).isTrue();
    assertThat(filter.matches(new TableName("sales", "orders"))).isFalse();
  }

  @Test
  void whatIsNoExpressionIsRefused() {
    assertThatThrownBy(() -> TableFilter.of("(", false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not a regular expression")
        .hasMessageContaining("missing closing )");
    assertThatThrownBy(() -> TableFilter.of("(a)\\1", false))
        .as("RE2 has no back references")
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> TableFilter.of("a".repeat(4097), false))
        .hasMessageContaining("4097 characters: 4096 are the most");
  }

  @Test
  @Timeout(10)
  void noExpressionTakesLong() {
    assertThat(matches("(a*)*(a*)*(a*)*b", "a".repeat(63))).isFalse();
  }
}
