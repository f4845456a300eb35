package io.tidemark.gateway.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.postgres.KeyTexts;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class KeyListTest {
  private static final KeyTexts KEYS = new KeyTexts(List.of(List.of("7", "ü"), List.of("8", "")));
  private static final String BYTES =
      "00000002"
          + "00000002"
          + "0000000137"
          + "00000002c3bc"
          + "00000002"
          + "0000000138"
          + "00000000";

  @Test
  void theKeysHaveTheirBytes() {
    assertThat(HexFormat.of().formatHex(KeyList.encode(KEYS))).isEqualTo(BYTES);
    assertThat(KeyList.decode(HexFormat.of().parseHex(BYTES))).isEqualTo(KEYS);
    byte[] bytes = KeyList.encode(KEYS);
    for (int length = 0; length < bytes.length; length++) {
      byte[] cut = Arrays.copyOf(bytes, length);
      assertThatThrownBy(() -> KeyList.decode(cut))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("cut off");
    }
  }

  @Test
  void theDumpIdIsOfTableAndKeys() {
    KeyList list = new KeyList("public", "orders", KEYS);
    assertThat(list.dumpId())
        .isEqualTo(new KeyList("public", "orders", KEYS).dumpId())
        .isNotEqualTo(new KeyList("public", "orders2", KEYS).dumpId())
        .isNotEqualTo(
            new KeyList("public", "orders", new KeyTexts(List.of(List.of("7", "ü")))).dumpId())
        .isNotEqualTo(new PageSpan("public", "orders", 0, 0).dumpId());
  }

  @Test
  void aTableAndKeysAreNeededAndNoKeyIsTold() {
    assertThat(new KeyList("s", "t", KEYS)).hasToString("s.t, 2 keys");
    assertThatThrownBy(() -> new KeyList("", "t", KEYS)).hasMessageContaining("must be named");
    assertThatThrownBy(() -> new KeyList("s", "", KEYS)).hasMessageContaining("must be named");
    assertThatThrownBy(() -> new KeyList("s", "t", KeyTexts.NONE))
        .hasMessage("a dump of s.t: no key is named");
  }
}
