package io.tidemark.source.enumerator;

import static io.tidemark.source.format.Bytes.hex;
import static io.tidemark.source.split.CaptureSplitSerializerTest.FORMER_KEYS_BYTES;
import static io.tidemark.source.split.CaptureSplitSerializerTest.FORMER_PAGES_BYTES;
import static io.tidemark.source.split.CaptureSplitSerializerTest.FORMER_REQUESTED_KEYS_BYTES;
import static io.tidemark.source.split.CaptureSplitSerializerTest.FORMER_STREAM;
import static io.tidemark.source.split.CaptureSplitSerializerTest.FORMER_STREAM_BYTES;
import static io.tidemark.source.split.CaptureSplitSerializerTest.KEYS;
import static io.tidemark.source.split.CaptureSplitSerializerTest.KEYS_BYTES;
import static io.tidemark.source.split.CaptureSplitSerializerTest.NO_REQUEST;
import static io.tidemark.source.split.CaptureSplitSerializerTest.ORDERS_BYTES;
import static io.tidemark.source.split.CaptureSplitSerializerTest.PAGES;
import static io.tidemark.source.split.CaptureSplitSerializerTest.PAGES_BYTES;
import static io.tidemark.source.split.CaptureSplitSerializerTest.REQUESTED_KEYS;
import static io.tidemark.source.split.CaptureSplitSerializerTest.REQUESTED_KEYS_BYTES;
import static io.tidemark.source.split.CaptureSplitSerializerTest.STREAM;
import static io.tidemark.source.split.CaptureSplitSerializerTest.STREAM_BYTES;
import static io.tidemark.source.split.CaptureSplitSerializerTest.TABLE_BYTES;
import static io.tidemark.source.split.CaptureSplitSerializerTest.VERSION_3_STREAM;
import static io.tidemark.source.split.CaptureSplitSerializerTest.VERSION_3_STREAM_BYTES;
import static io.tidemark.source.split.CaptureSplitSerializerTest.former;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.postgres.KeyTexts;
import io.tidemark.postgres.TableName;
import io.tidemark.source.DumpRequest;
import io.tidemark.source.event.EnumeratorEvent.Span;
import io.tidemark.source.split.DumpSplit;
import io.tidemark.source.split.StreamSplit;
import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The bytes of each version, which every later release reads. */
class EnumeratorStateSerializerTest {
  /** What version 1 can have. */
  private static final EnumeratorState WITHOUT_REQUESTS = state(List.of());

  /** What version 2 can have. */
  private static final EnumeratorState WITHOUT_KEYS =
      state(
          List.of(
              new Requests.Asked(
                  DumpRequest.ofPages(0xF000_0000_0000_0001L, PAGES.table().name(), 8, 0xFFFFFFFEL),
                  4,
                  false),
              new Requests.Asked(DumpRequest.ofPages(2, PAGES.table().name(), 0, 0), 0, true)));

  /** What version 3 can have. */
  private static final EnumeratorState WITHOUT_CHECKPOINT = state(0, FORMER_STREAM, Span.UNKNOWN);

  /** What version 4 can have. */
  private static final EnumeratorState WITHOUT_DUMPS_WANTED =
      state(17, VERSION_3_STREAM, Span.UNKNOWN);

  private static final EnumeratorState STATE = state(17, STREAM, new Span(0x10, 0x20));

  private static EnumeratorState state(long checkpoint, StreamSplit stream, Span plannedAt) {
    return state(
        checkpoint,
        stream,
        plannedAt,
        List.of(
            new Requests.Asked(
                DumpRequest.ofKeys(
                    3,
                    PAGES.table().name(),
                    new KeyTexts(List.of(List.of("7", "ü"), List.of("8", "")))),
                4,
                false),
            new Requests.Asked(DumpRequest.ofPages(2, PAGES.table().name(), 0, 0), 0, true)),
        KEYS,
        REQUESTED_KEYS);
  }

  private static EnumeratorState state(List<Requests.Asked> requests) {
    return state(0, FORMER_STREAM, Span.UNKNOWN, requests, KEYS);
  }

  private static EnumeratorState state(
      long checkpoint,
      StreamSplit stream,
      Span plannedAt,
      List<Requests.Asked> requests,
      DumpSplit... waiting) {
    return new EnumeratorState(
        stream,
        true,
        0x7000_0000_0000_0001L,
        2,
        new DumpCoordinator.State(
            new OpenDumps.State(
                5,
                List.of(
                    new TableDump.State(
                        4,
                        PAGES.table().name(),
                        true,
                        TableDump.Phase.REPAIRING,
                        List.of(PAGES.table()),
                        plannedAt,
                        List.of(waiting),
                        List.of(PAGES),
                        2,
                        1,
                        true,
                        -1,
                        0x30)),
                new TreeSet<>(Set.of(new TableName("a", "b"), PAGES.table().name()))),
            requests),
        checkpoint);
  }

  static final byte[] VERSION_1 = bytes("", "00000001" + FORMER_KEYS_BYTES, "");

  static final byte[] VERSION_2 =
      bytes(
          NO_REQUEST,
          "00000001" + FORMER_KEYS_BYTES + NO_REQUEST,
          "00000002"
              + "f000000000000001" // request
              + ORDERS_BYTES
              + "0000000000000008 00000000fffffffe" // first page, last page
              + "0000000000000004 00" // under way by dump 4
              + "0000000000000002"
              + ORDERS_BYTES
              + "0000000000000000 0000000000000000"
              + "0000000000000000 01"); // read

  private static final String NO_PAGES_AND_KEYS =
      "0".repeat(32) + "00000002" + "00000002" + "0000000137";

  private static final String REQUESTS =
      "00000002"
          + "0000000000000003" // request
          + ORDERS_BYTES
          + "0000000000000000 0000000000000000" // no pages
          + "00000002" // keys
          + "00000002 00000001 37 00000002 c3bc" // "7", "ü"
          + "00000002 00000001 38 00000000" // "8", ""
          + "0000000000000004 00" // under way by dump 4
          + "0000000000000002"
          + ORDERS_BYTES
          + "0000000000000000 0000000000000000 00000000" // a page, no keys
          + "0000000000000000 01"; // read

  static final byte[] VERSION_3 =
      bytes(
          NO_REQUEST,
          "00000002" + FORMER_KEYS_BYTES + NO_REQUEST + FORMER_REQUESTED_KEYS_BYTES,
          REQUESTS);

  static final byte[] VERSION_4 = hex(former(withCheckpoint(VERSION_3_STREAM_BYTES, "")));

  private static final String NEWEST =
      withCheckpoint(STREAM_BYTES, "0000000000000010 0000000000000020"); // planned between

  static final byte[] VERSION_5 = hex(NEWEST);

  private static String withCheckpoint(String stream, String plannedAt) {
    return bytes(
        stream,
        plannedAt,
        PAGES_BYTES,
        "00000002" + KEYS_BYTES + REQUESTED_KEYS_BYTES,
        REQUESTS + "0000000000000011"); // checkpoint
  }

  /** With what version 2 has behind each dump split and at the end. */
  private static byte[] bytes(String behindSplit, String waiting, String requests) {
    String assigned = FORMER_PAGES_BYTES + behindSplit;
    return hex(former(bytes(FORMER_STREAM_BYTES, "", assigned, waiting, requests)));
  }

  private static String bytes(
      String stream, String plannedAt, String assigned, String waiting, String requests) {
    return String.join(
        "",
        "01" + stream, // unassigned
        "01 7000000000000001 00000002", // prepared, system, timeline
        "0000000000000005 00000001", // next dump, dumps
        "0000000000000004" + ORDERS_BYTES,
        "01 0009 52455041495249 4e47", // repairs only, REPAIRING
        "00000001" + TABLE_BYTES,
        plannedAt,
        waiting,
        "00000001" + assigned,
        "00000002 00000001 01 ffffffff", // round, finished round, keys awaited, keys of round
        "0000000000000030", // high
        "00000002 0001 61 0001 62" + ORDERS_BYTES, // done
        requests);
  }

  private final EnumeratorStateSerializer serializer = new EnumeratorStateSerializer();

  @Test
  void theStateHasItsBytes() throws IOException {
    assertThat(serializer.getVersion()).isEqualTo(5);
    assertThat(serializer.serialize(STATE)).isEqualTo(VERSION_5);
    assertThat(serializer.deserialize(5, VERSION_5)).isEqualTo(STATE);
  }

  @Test
  void schemasOfFormerVersionsAreRead() throws IOException {
    assertThat(serializer.deserialize(5, hex(former(NEWEST)))).isEqualTo(STATE);
  }

  @Test
  void version4IsRead() throws IOException {
    assertThat(serializer.deserialize(4, VERSION_4)).isEqualTo(WITHOUT_DUMPS_WANTED);
  }

  @Test
  void version3IsRead() throws IOException {
    assertThat(serializer.deserialize(3, VERSION_3)).isEqualTo(WITHOUT_CHECKPOINT);
  }

  @Test
  void version2IsRead() throws IOException {
    assertThat(serializer.deserialize(2, VERSION_2)).isEqualTo(WITHOUT_KEYS);
  }

  @Test
  void version1IsRead() throws IOException {
    assertThat(serializer.deserialize(1, VERSION_1)).isEqualTo(WITHOUT_REQUESTS);
    String text = HexFormat.of().formatHex(VERSION_1);
    String two = "00000002" + "0001610001 62".replace(" ", "");
    String orders = ORDERS_BYTES.replace(" ", "");
    assertThat(text).endsWith(two + orders);
    String one =
        text.substring(0, text.length() - (two + orders).length()) + "00000001000161000162";
    assertThat(serializer.deserialize(1, hex(one)))
        .as("a table that is repaired alone was dumped")
        .isEqualTo(WITHOUT_REQUESTS);
  }

  @Test
  void anEmptyStateHasItsBytes() throws IOException {
    EnumeratorState empty = new EnumeratorState(null, false, 0, 0, DumpCoordinator.State.EMPTY, 0);
    String bytes = "00 00 0000000000000000 00000000 0000000000000001 00000000 00000000";
    assertThat(serializer.serialize(empty)).isEqualTo(hex(bytes, "00000000 0000000000000000"));
    assertThat(serializer.deserialize(5, hex(bytes, "00000000 0000000000000000"))).isEqualTo(empty);
    assertThat(serializer.deserialize(3, hex(bytes, "00000000"))).isEqualTo(empty);
    assertThat(serializer.deserialize(2, hex(bytes, "00000000"))).isEqualTo(empty);
    assertThat(serializer.deserialize(1, hex(bytes))).isEqualTo(empty);
  }

  @Test
  void otherVersionsAndOtherEndsAreRefused() {
    assertThatThrownBy(() -> serializer.deserialize(6, VERSION_5))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("enumerator state of version 6; this release reads versions 1 to 5");
    byte[] longer = Arrays.copyOf(VERSION_3, VERSION_3.length + 1);
    assertThatThrownBy(() -> serializer.deserialize(3, longer))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("1 bytes after the enumerator's state");
    String text = HexFormat.of().formatHex(VERSION_3);
    byte[] phase = hex(text.replace("52455041495249", "58455041495249"));
    assertThatThrownBy(() -> serializer.deserialize(3, phase))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no dump has the phase 'XEPAIRING'");
    byte[] keys = hex("01 02" + FORMER_KEYS_BYTES);
    assertThatThrownBy(() -> serializer.deserialize(1, keys))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("split 4-repair-2-0-0 where the stream split was expected");
    byte[] rows = hex(text.replace(NO_PAGES_AND_KEYS, "1" + NO_PAGES_AND_KEYS.substring(1)));
    assertThatThrownBy(() -> serializer.deserialize(3, rows))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("both 2 keys and pages 1152921504606846976 to 0");
    byte[] request = VERSION_3.clone();
    request[request.length - 2] = 7; // the dump that reads the last one, which was read
    assertThatThrownBy(() -> serializer.deserialize(3, request))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("a dump request that cannot be");
  }
}
