package io.tidemark.gateway.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.gateway.delivery.Message.Kind;
import io.tidemark.gateway.outbox.Entry;
import io.tidemark.gateway.outbox.OutboxState;
import io.tidemark.postgres.Column;
import io.tidemark.postgres.PgType;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The bytes of each version, which every later release reads. */
class OutboxStateSerializerTest {
  private static final TableSchema ORDERS = table(16384, "orders");

  static final OutboxState STATE =
      new OutboxState(
          List.of(ORDERS),
          List.of(
              new Entry(Kind.ROW, 0x0102_0304, -1, 1, 0, new byte[] {0x0a, 0x00}),
              new Entry(Kind.BOUNDARY, 0, 0, 0, 0, new byte[] {0x12, 0x00}),
              new Entry(Kind.BARRIER, 0, 0, 1, 0, new byte[0])),
          List.of(new Entry(Kind.ROW, 5, 5, 1, 0x1100_0000_07L, new byte[] {0x0a, 0x00})),
          List.of(
              new OutboxState.Range(0x1100_0000_07L, false, ""),
              new OutboxState.Range(2, true, "nö")));

  /** Version 1. */
  static final byte[] VERSION_1 =
      hex(
          "00000001", // tables
          "00000033 0801 10808001 1a06 7075626c6963 2206 6f7264657273 2a0164",
          "3215 0a02 6964 120d 0817 1207 696e7465676572 1801 1801 3a0100",
          "00000003", // entries: kind, key, old key, table, request, event
          "00 01020304 ffffffff 00000001 0000000000000000 00000002 0a00",
          "01 00000000 00000000 00000000 0000000000000000 00000002 1200",
          "02 00000000 00000000 00000001 0000000000000000 00000000",
          "00000001", // held
          "00 00000005 00000005 00000001 0000001100000007 00000002 0a00",
          "00000002", // ranges: request, read, reason
          "0000001100000007 00 0000",
          "0000000000000002 01 0003 6ec3b6");

  private final OutboxStateSerializer serializer = new OutboxStateSerializer();

  private static byte[] hex(String... groups) {
    return HexFormat.of().parseHex(String.join("", groups).replace(" ", ""));
  }

  private static TableSchema table(int oid, String name) {
    return new TableSchema(
        oid,
        new TableName("public", name),
        TableSchema.ReplicaIdentity.DEFAULT,
        List.of(new Column("id", PgType.base(23, "integer"), -1)),
        0);
  }

  @Test
  void theStateHasItsBytes() throws IOException {
    assertThat(serializer.getVersion()).isEqualTo(1);
    assertThat(HexFormat.of().formatHex(serializer.serialize(STATE)))
        .isEqualTo(HexFormat.of().formatHex(VERSION_1));
    assertThat(serializer.deserialize(1, VERSION_1))
        .usingRecursiveComparison()
        .withEqualsForType(Object::equals, TableSchema.class)
        .isEqualTo(STATE);
  }

  @Test
  void anEmptyStateHasItsBytes() throws IOException {
    assertThat(serializer.serialize(OutboxState.empty())).isEqualTo(new byte[16]);
    assertThat(serializer.deserialize(1, new byte[16])).isEqualTo(OutboxState.empty());
  }

  @Test
  void anyStateIsReadAsItWasWritten() throws IOException {
    long seed = new Random().nextLong();
    System.out.println("OutboxStateSerializerTest seed " + seed);
    Random random = new Random(seed);
    for (int i = 0; i < 200; i++) {
      OutboxState state = state(random);
      byte[] bytes = serializer.serialize(state);
      OutboxState read = serializer.deserialize(1, bytes);
      assertThat(read.tables()).as("seed %d", seed).isEqualTo(state.tables());
      assertThat(read.ranges()).as("seed %d", seed).isEqualTo(state.ranges());
      assertThat(read)
          .as("seed %d", seed)
          .usingRecursiveComparison()
          .withEqualsForType(Object::equals, TableSchema.class)
          .isEqualTo(state);
    }
  }

  private static OutboxState state(Random random) {
    List<TableSchema> tables = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      tables.add(table(i, "t" + random.nextInt(3)));
    }
    List<OutboxState.Range> ranges = new ArrayList<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      ranges.add(
          new OutboxState.Range(
              random.nextLong(), random.nextBoolean(), "😀é".repeat(random.nextInt(9))));
    }
    return new OutboxState(
        tables, entries(random, tables.size()), entries(random, tables.size()), ranges);
  }

  private static List<Entry> entries(Random random, int tables) {
    List<Entry> entries = new ArrayList<>();
    for (int i = random.nextInt(5); i > 0; i--) {
      byte[] event = new byte[random.nextInt(300)];
      random.nextBytes(event);
      entries.add(
          new Entry(
              List.of(Kind.values()).get(random.nextInt(3)),
              random.nextInt(),
              random.nextInt(),
              random.nextInt(tables + 1),
              random.nextLong(),
              event));
    }
    return entries;
  }

  @Test
  void aLongReasonIsCut() throws IOException {
    OutboxState state =
        new OutboxState(
            List.of(),
            List.of(),
            List.of(),
            List.of(new OutboxState.Range(1, true, "é".repeat(50_000))));
    assertThat(serializer.deserialize(1, serializer.serialize(state)).ranges().get(0))
        .isEqualTo(new OutboxState.Range(1, true, "é".repeat(1000)));
  }

  @Test
  void anotherVersionIsRefused() {
    assertThatThrownBy(() -> serializer.deserialize(2, VERSION_1))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("version 2; this release reads version 1");
  }

  @Test
  void whatIsCutOrHasMoreIsRefused() {
    for (int length = 0; length < VERSION_1.length; length++) {
      byte[] cut = Arrays.copyOf(VERSION_1, length);
      assertThatThrownBy(() -> serializer.deserialize(1, cut))
          .as("%d bytes", length)
          .isInstanceOf(IOException.class);
    }
    byte[] longer = Arrays.copyOf(VERSION_1, VERSION_1.length + 3);
    assertThatThrownBy(() -> serializer.deserialize(1, longer))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("3 bytes are left");
  }

  private void assertCorrupt(String what, String from, String to) {
    String text = HexFormat.of().formatHex(VERSION_1);
    String clean = from.replace(" ", "");
    assertThat(text).contains(clean);
    byte[] corrupt = hex(text.replace(clean, to.replace(" ", "")));
    assertThatThrownBy(() -> serializer.deserialize(1, corrupt))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(what);
  }

  @Test
  void whatCannotBeIsRefused() {
    assertCorrupt(
        "an entry of kind 3", "02 00000000 00000000 00000001", "03" + "00000000 00000000 00000001");
    assertCorrupt("table 2 of 1", "00000005 00000005 00000001", "00000005 00000005 00000002");
    assertCorrupt("table -1 of 1", "00000005 00000005 00000001", "00000005 00000005 ffffffff");
    assertCorrupt("a count of -1", "00000003 00 01020304", "ffffffff 00 01020304");
    assertCorrupt("a count of 2147483647", "00000003 00 01020304", "7fffffff 00 01020304");
    assertCorrupt("replica identity", "2a0164", "2a0178");
  }

  @Test
  void aTableThatComesTwiceIsRefusedAsItWouldShiftTheNumbersOfOthers() throws IOException {
    byte[] bytes =
        serializer.serialize(
            new OutboxState(List.of(ORDERS, ORDERS), List.of(), List.of(), List.of()));
    assertThatThrownBy(() -> serializer.deserialize(1, bytes))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("public.orders comes twice");
  }
}
