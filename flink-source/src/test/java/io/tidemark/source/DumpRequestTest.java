package io.tidemark.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.postgres.KeyTexts;
import io.tidemark.postgres.TableName;
import java.util.List;
import org.junit.jupiter.api.Test;

class DumpRequestTest {
  private static final TableName ORDERS = new TableName("public", "orders");

  @Test
  void keysAreCountedAndNotTold() {
    KeyTexts keys = new KeyTexts(List.of(List.of("secret", "1"), List.of("secret", "2")));
    assertThat(DumpRequest.ofKeys(0xABL, ORDERS, keys))
        .hasToString("dump request ab of public.orders, 2 keys");
    assertThat(DumpRequest.ofPages(-1, ORDERS, 3, 5))
        .hasToString("dump request ffffffffffffffff of public.orders, pages 3 to 5");
  }

  @Test
  void theIdThatMeansNoRequestIsRefused() {
    assertThatThrownBy(() -> DumpRequest.ofPages(0, ORDERS, 0, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a dump request of public.orders has the id 0");
  }
}
