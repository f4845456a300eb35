package io.tidemark.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.postgres.RowSelection.Keys;
import io.tidemark.postgres.RowSelection.Pages;
import java.util.List;
import org.junit.jupiter.api.Test;

class RowSelectionTest {
  private static final KeyTexts TWO =
      new KeyTexts(List.of(List.of("secret", "1"), List.of("secret", "2")));

  @Test
  void itIsOfPagesOrOfKeys() {
    RowSelection pages = new Pages(3, 5);
    RowSelection keys = new Keys(TWO);
    assertThat(pages.<Object>either(Pages::last, Keys::texts)).isEqualTo(5L);
    assertThat(keys.<Object>either(Pages::last, Keys::texts)).isEqualTo(TWO);
    assertThat(pages.hasKeys()).isFalse();
    assertThat(keys.hasKeys()).isTrue();
  }

  @Test
  void pagesAreOfOneToAllThatATableCanHave() {
    assertThat(new Pages(7, 7)).hasToString("pages 7 to 7");
    assertThat(Pages.from(7)).isEqualTo(new Pages(7, 4_294_967_294L));
    assertThat(Pages.from(7)).hasToString("pages 7 to the last");
    assertThat(new Pages(7, 4_294_967_295L)).hasToString("pages 7 to the last");
    assertThat(new Pages(7, 4_294_967_293L).isToTheEnd()).isFalse();
    refused(2, 1, "pages 2 to 1: not a range of 0 to 4294967295");
    refused(-1, 1, "pages -1 to 1");
    refused(0, 4_294_967_296L, "pages 0 to 4294967296");
  }

  private static void refused(long first, long last, String why) {
    assertThatThrownBy(() -> new Pages(first, last))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(why);
  }

  @Test
  void keysAreCountedAndNotTold() {
    assertThat(new Keys(TWO)).hasToString("2 keys");
    assertThatThrownBy(() -> new Keys(KeyTexts.NONE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("no key is named");
  }
}
