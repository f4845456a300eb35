package io.tidemark.postgres.setup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.postgres.TableName;
import org.junit.jupiter.api.Test;

class TablePatternTest {
  @Test
  void aStarStandsForAnyRunOfCharacters() {
    assertThat(matches("public.orders", "public", "orders")).isTrue();
    assertThat(matches("public.*", "public", "Orders of 'x'")).isTrue();
    assertThat(matches("p*c.o*s", "public", "orders")).isTrue();
    assertThat(matches("public.orders", "public", "orders2")).isFalse();
    assertThat(matches("public.o.ders", "public", "orders")).as("no regular expression").isFalse();
    assertThat(matches("public.a.b", "public", "a.b")).as("the first dot ends the schema").isTrue();
  }

  @Test
  void bothPartsMustBeThere() {
    for (String text : new String[] {"orders", ".orders", "public.", ""}) {
      assertThatThrownBy(() -> new TablePattern(text))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("expected schema.table");
    }
  }

  private static boolean matches(String pattern, String schema, String name) {
    return new TablePattern(pattern).matches(new TableName(schema, name));
  }
}
