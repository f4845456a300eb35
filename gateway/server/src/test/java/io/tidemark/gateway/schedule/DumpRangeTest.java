package io.tidemark.gateway.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.postgres.KeyTexts;
import io.tidemark.postgres.TableName;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class DumpRangeTest {
  private static final TableName ORDERS = new TableName("public", "orders");
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
    assertThat(HexFormat.of().formatHex(StoredKeys.encode(KEYS))).isEqualTo(BYTES);
    assertThat(StoredKeys.decode(HexFormat.of().parseHex(BYTES))).isEqualTo(KEYS);
    byte[] bytes = StoredKeys.encode(KEYS);
    for (int length = 0; length < bytes.length; length++) {
      byte[] cut = Arrays.copyOf(bytes, length);
      assertThatThrownBy(() -> StoredKeys.decode(cut))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("cut off");
    }
  }

  @Test
  void theDumpIdIsOfTableAndKeys() {
    assertThat(DumpRange.ofKeys(ORDERS, KEYS).dumpId())
        .isEqualTo(DumpRange.ofKeys(ORDERS, KEYS).dumpId())
        .isNotEqualTo(DumpRange.ofKeys(new TableName("public", "orders2"), KEYS).dumpId())
        .isNotEqualTo(DumpRange.ofKeys(ORDERS, new KeyTexts(List.of(List.of("7", "ü")))).dumpId())
        .isNotEqualTo(DumpRange.ofPages(ORDERS, 0, 0).dumpId());
  }

  @Test
  void whatIsNoRangeIsRefusedByItsTable() {
    assertThat(DumpRange.ofKeys(ORDERS, KEYS)).hasToString("public.orders, 2 keys");
    assertThatThrownBy(() -> DumpRange.ofPages(new TableName("", "t"), 0, 1))
        .hasMessage("a dump of '.t': schema and table must be named");
    assertThatThrownBy(() -> DumpRange.ofKeys(new TableName("s", ""), KEYS))
        .hasMessageContaining("must be named");
    assertThatThrownBy(() -> DumpRange.ofKeys(ORDERS, KeyTexts.NONE))
        .hasMessage("a dump of public.orders: no key is named");
    assertThatThrownBy(() -> DumpRange.ofPages(ORDERS, 2, 1))
        .hasMessageStartingWith("a dump of public.orders: pages 2 to 1: not a range");
  }
}
