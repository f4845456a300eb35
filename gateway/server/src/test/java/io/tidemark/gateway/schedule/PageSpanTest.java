package io.tidemark.gateway.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class PageSpanTest {
  @Test
  void aTableAndARangeOfItsPagesAreNeeded() {
    assertThat(new PageSpan("s", "t", 7, 7)).hasToString("s.t, pages 7 to 7");
    assertThat(new PageSpan("s", "t", 0, PageSpan.LAST_PAGE).end()).isEqualTo(4294967294L);
    assertThatThrownBy(() -> new PageSpan("", "t", 0, 1)).hasMessageContaining("must be named");
    assertThatThrownBy(() -> new PageSpan("s", "", 0, 1)).hasMessageContaining("must be named");
    assertThatThrownBy(() -> new PageSpan("s", "t", 2, 1)).hasMessageContaining("pages 2 to 1");
    assertThatThrownBy(() -> new PageSpan("s", "t", -1, 1)).hasMessageContaining("pages -1 to 1");
    assertThatThrownBy(() -> new PageSpan("s", "t", 0, 4294967295L))
        .hasMessageContaining("pages 0 to 4294967295: not a range of pages");
  }
}
