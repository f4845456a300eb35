package io.tidemark.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class KeyTextsTest {
  @Test
  void howManyTheyAreIsToldAndNoText() {
    assertThat(new KeyTexts(List.of(List.of("secret", "")))).hasToString("1 key");
    assertThat(new KeyTexts(List.of(List.of("secret"), List.of("secret")))).hasToString("2 keys");
    assertThat(KeyTexts.NONE.isEmpty()).isTrue();
  }

  @Test
  void whatIsPutInLaterIsNotInThem() {
    List<String> key = new ArrayList<>(List.of("1"));
    KeyTexts texts = new KeyTexts(List.of(key));
    key.set(0, "2");
    assertThat(texts.keys()).containsExactly(List.of("1"));
  }

  @Test
  void theyAreBoundedInNumberAndSize() {
    List<String> one = List.of("1");
    assertThat(new KeyTexts(Collections.nCopies(5_000, one)).size()).isEqualTo(5_000);
    refused(Collections.nCopies(5_001, one), "5001 keys: there may be 5000 in one list");
    refused(List.of(one, List.of()), "key 2 of 2 has 0 columns: there may be 1 to 32");
    refused(List.of(Collections.nCopies(33, "1")), "key 1 of 1 has 33 columns");
    String large = "ü".repeat(1 << 20);
    assertThat(new KeyTexts(List.of(List.of(large))).size()).isEqualTo(1);
    refused(
        List.of(List.of(large), one),
        "2 keys of 2097153 bytes: there may be 2097152 bytes in one list");
  }

  @Test
  void textsThatPostgresqlCannotHaveAreRefusedAndNotQuoted() {
    refused(List.of(List.of("1"), List.of("sec\0ret")), "key 2 of 2 has a text with the character");
    refused(List.of(List.of("secret\ud800")), "half of a surrogate pair");
    assertThat(new KeyTexts(List.of(List.of("𝄞"))).size()).isEqualTo(1);
  }

  private static void refused(List<List<String>> keys, String why) {
    assertThatThrownBy(() -> new KeyTexts(keys))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(why)
        .hasMessageNotContaining("secret");
  }
}
