package io.tidemark.source.enumerator;

import static io.tidemark.source.record.Bytes.hex;
import static io.tidemark.source.split.CaptureSplitSerializerTest.KEYS;
import static io.tidemark.source.split.CaptureSplitSerializerTest.KEYS_BYTES;
import static io.tidemark.source.split.CaptureSplitSerializerTest.ORDERS_BYTES;
import static io.tidemark.source.split.CaptureSplitSerializerTest.PAGES;
import static io.tidemark.source.split.CaptureSplitSerializerTest.PAGES_BYTES;
import static io.tidemark.source.split.CaptureSplitSerializerTest.STREAM;
import static io.tidemark.source.split.CaptureSplitSerializerTest.STREAM_BYTES;
import static io.tidemark.source.split.CaptureSplitSerializerTest.TABLE_BYTES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.dump.postgres.TableName;
import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The bytes of version 1, which every release reads. */
class EnumeratorStateSerializerTest {
  private static final EnumeratorState STATE =
      new EnumeratorState(
          STREAM,
          true,
          0x7000_0000_0000_0001L,
          2,
          new DumpCoordinator.State(
              5,
              List.of(
                  new TableDump.State(
                      4,
                      PAGES.table().name(),
                      true,
                      TableDump.Phase.REPAIRING,
                      List.of(PAGES.table()),
                      List.of(KEYS),
                      List.of(PAGES),
                      2,
                      1,
                      true,
                      -1,
                      0x30)),
              new TreeSet<>(Set.of(new TableName("a", "b"), PAGES.table().name()))));

  static final byte[] BYTES =
      hex(
          "01" + HexFormat.of().formatHex(STREAM_BYTES), // unassigned
          "01 7000000000000001 00000002", // prepared, system, timeline
          "0000000000000005 00000001", // next dump, dumps
          "0000000000000004" + ORDERS_BYTES,
          "01 0009 52455041495249 4e47", // repairs only, REPAIRING
          "00000001" + TABLE_BYTES,
          "00000001" + KEYS_BYTES, // waiting
          "00000001" + PAGES_BYTES, // assigned
          "00000002 00000001 01 ffffffff", // round, finished round, keys awaited, keys of round
          "0000000000000030", // high
          "00000002 0001 61 0001 62" + ORDERS_BYTES); // done

  private final EnumeratorStateSerializer serializer = new EnumeratorStateSerializer();

  @Test
  void theStateHasItsBytes() throws IOException {
    assertThat(serializer.getVersion()).isEqualTo(1);
    assertThat(serializer.serialize(STATE)).isEqualTo(BYTES);
    assertThat(serializer.deserialize(1, BYTES)).isEqualTo(STATE);
  }

  @Test
  void anEmptyStateHasItsBytes() throws IOException {
    EnumeratorState empty =
        new EnumeratorState(null, false, 0, 0, new DumpCoordinator.State(1, List.of(), Set.of()));
    byte[] bytes = hex("00 00 0000000000000000 00000000 0000000000000001 00000000 00000000");
    assertThat(serializer.serialize(empty)).isEqualTo(bytes);
    assertThat(serializer.deserialize(1, bytes)).isEqualTo(empty);
  }

  @Test
  void otherVersionsAndOtherEndsAreRefused() {
    assertThatThrownBy(() -> serializer.deserialize(2, BYTES))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("enumerator state of version 2; this release reads version 1");
    byte[] longer = Arrays.copyOf(BYTES, BYTES.length + 1);
    assertThatThrownBy(() -> serializer.deserialize(1, longer))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("1 bytes after the enumerator's state");
    String text = HexFormat.of().formatHex(BYTES);
    byte[] phase = hex(text.replace("52455041495249", "58455041495249"));
    assertThatThrownBy(() -> serializer.deserialize(1, phase))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no dump has the phase 'XEPAIRING'");
    byte[] keys = hex("01 02" + KEYS_BYTES);
    assertThatThrownBy(() -> serializer.deserialize(1, keys))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("split 4-repair-2-0-0 where the stream split was expected");
  }
}
