package io.tidemark.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.dump.plan.PageRange;
import io.tidemark.postgres.KeyTexts;
import io.tidemark.postgres.TableName;
import java.util.List;
import org.junit.jupiter.api.Test;

class DumpRequestTest {
  private static final TableName ORDERS = new TableName("public", "orders");

  @Test
  void bothItsPagesBelongToIt() {
    assertThat(new DumpRequest(1, ORDERS, 3, 5).pages()).isEqualTo(new PageRange(3, 6));
    assertThat(new DumpRequest(1, ORDERS, 0, 0).pages()).isEqualTo(new PageRange(0, 1));
  }

  @Test
  void theLastPageThatThereCanBeIsTheEndWhereverThatIs() {
    assertThat(new DumpRequest(1, ORDERS, 3, 0xFFFFFFFDL).pages().isUnbounded()).isFalse();
    assertThat(new DumpRequest(1, ORDERS, 3, 0xFFFFFFFEL).pages()).isEqualTo(PageRange.from(3));
    assertThat(new DumpRequest(1, ORDERS, 3, 0xFFFFFFFFL).pages()).isEqualTo(PageRange.from(3));
  }

  @Test
  void whatIsNoRequestIsRefusedByName() {
    refused(0, 0, 1, "id 0");
    refused(-1, -1, 1, "dump request ffffffffffffffff of public.orders: pages -1 to 1");
    refused(1, 2, 1, "pages 2 to 1");
    refused(1, 0, 0x100000000L, "pages 0 to 4294967296");
  }

  @Test
  void keysAreCountedAndNotTold() {
    KeyTexts keys = new KeyTexts(List.of(List.of("secret", "1"), List.of("secret", "2")));
    DumpRequest request = DumpRequest.ofKeys(0xABL, ORDERS, keys);
    assertThat(request).hasToString("dump request ab of public.orders, 2 keys");
    assertThat(request.hasKeys()).isTrue();
    assertThat(new DumpRequest(1, ORDERS, 3, 5))
        .hasToString("dump request 1 of public.orders, pages [3, 6)");
    assertThatThrownBy(() -> DumpRequest.ofKeys(0xABL, ORDERS, KeyTexts.NONE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("dump request ab of public.orders: no key is named");
    assertThatThrownBy(() -> new DumpRequest(0xABL, ORDERS, 0, 1, keys))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("dump request ab of public.orders: both 2 keys and pages 0 to 1");
  }

  private static void refused(long id, long first, long last, String why) {
    assertThatThrownBy(() -> new DumpRequest(id, ORDERS, first, last))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(why);
  }
}
