package io.tidemark.source.split;

import static io.tidemark.source.format.Bytes.hex;
import static io.tidemark.source.format.Bytes.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.dump.chunk.ChunkRequest.Pages;
import io.tidemark.dump.plan.PageRange;
import io.tidemark.postgres.Column;
import io.tidemark.postgres.PgType;
import io.tidemark.postgres.RowKey;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.postgres.catalog.PhysicalTable;
import io.tidemark.postgres.stream.StreamPosition;
import java.io.EOFException;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The bytes of each version, which every later release reads. */
public class CaptureSplitSerializerTest {
  /** Behind each dump split that is of no request; not in version 1. */
  public static final String NO_REQUEST = "0000000000000000";

  private static final TableName ORDERS = new TableName("public", "orders");
  private static final RowKey KEY = new RowKey(hex("0001 00000001 6b"));

  /** Published as public.orders, with the key id. */
  private static final TableSchema SCHEMA =
      new TableSchema(
          0x74,
          ORDERS,
          ReplicaIdentity.DEFAULT,
          List.of(new Column("id", PgType.base(25, "text"), -1)),
          0);

  private static final String SCHEMA_BYTES = schemaBytes("03", "0000");

  private static String schemaBytes(String version, String number) {
    return version
        + "00000074" // oid
        + text("public")
        + text("orders")
        + "64 00000001" // identity, columns
        + text("id")
        + "ffffffff" // modifier
        + number
        + "00000019" // type
        + text("text")
        + "00 01 00" // base, binary, no inner type
        + "00000001 00000000"; // key
  }

  /** With schemas as they were written before columns had numbers, which no version tells. */
  public static String former(String bytes) {
    return bytes.replace(SCHEMA_BYTES, schemaBytes("02", ""));
  }

  /** As {@code writeUTF} has it. */
  public static final String ORDERS_BYTES = "0006 7075626c6963 0006 6f7264657273";

  public static final String TABLE_BYTES =
      SCHEMA_BYTES
          + "00000075" // oid
          + "0006 7075626c6963 0004 6c656166" // public.leaf
          + "0000000000000076" // file node
          + "ffffffffffffff77" // shape
          + "01 00000006 69643c27c3a4"; // row filter

  private static final PhysicalTable LEAF =
      new PhysicalTable(SCHEMA, 0x75, new TableName("public", "leaf"), 0x76, -0x89, "id<'ä");

  /** In the middle of a transaction, with tables in every state. */
  public static final StreamSplit STREAM = stream(true, List.of(0x75), 17);

  /** As it is read of version 3. */
  public static final StreamSplit VERSION_3_STREAM = stream(false, List.of(), 17);

  /** As it is read of versions 1 and 2. */
  public static final StreamSplit FORMER_STREAM = stream(false, List.of(), 0);

  private static StreamSplit stream(boolean dumpWanted, List<Integer> leaves, long checkpoint) {
    return new StreamSplit(
        new StreamPosition(0x10, 0x20, 3, 0x1F),
        0x7000_0000_0000_0001L,
        2,
        16385,
        9,
        List.of(
            new StreamTable(
                ORDERS,
                4,
                5,
                7,
                true,
                dumpWanted,
                SCHEMA,
                SCHEMA,
                List.of(new StreamTable.PartialKey(KEY, 7)),
                leaves),
            new StreamTable(ORDERS, 6, -1, 0, false, true, null, null, List.of(), List.of()),
            new StreamTable(ORDERS, 0, 0, 0, false, false, null, null, List.of(), List.of())),
        new UnseenXids(true, 730, new int[] {731, -1}),
        checkpoint);
  }

  private static final String CHECKPOINT = "0000000000000011";

  public static final String STREAM_BYTES =
      streamBytes(new Form("", "01", "00", "00000001 00000075", "00000000")) + CHECKPOINT;

  /** Version 3 tells neither which tables are to be dumped nor their partitions. */
  public static final String VERSION_3_STREAM_BYTES =
      former(streamBytes(new Form("", "", "", "", "")) + CHECKPOINT);

  /** Versions 1 and 2 have each table's last void and no checkpoint. */
  public static final String FORMER_STREAM_BYTES =
      former(streamBytes(new Form("0000000000000006", "", "", "", "")));

  /**
   * In what the versions differ.
   *
   * @param voided the last void of each table
   * @param wanted whether a table is to be dumped
   * @param unwanted likewise, of one that is not
   * @param leaves the partitions of a table
   * @param noLeaves of one without
   */
  private record Form(
      String voided, String wanted, String unwanted, String leaves, String noLeaves) {}

  private static String streamBytes(Form form) {
    return String.join(
        "",
        "01", // the stream
        "0000000000000010 0000000000000020 0000000000000003 000000000000001f", // position
        "7000000000000001 00000002 00004001", // system, timeline, publication
        "0000000000000009", // mark counter
        "00000003", // tables
        ORDERS_BYTES,
        "0000000000000004 0000000000000005" + form.voided, // dump, armed
        "00000007 01" + form.wanted, // round, last rounds
        "01" + SCHEMA_BYTES,
        "01" + SCHEMA_BYTES,
        "00000001 00000007 0001000000016b 00000007" + form.leaves, // keys: length, key, round
        ORDERS_BYTES,
        "0000000000000006 ffffffffffffffff" + form.voided + "00000000 00" + form.wanted,
        "00 00 00000000" + form.noLeaves, // neither planned nor seen, no keys
        ORDERS_BYTES,
        "0000000000000000 0000000000000000" + form.voided + "00000000 00" + form.unwanted,
        "00 00 00000000" + form.noLeaves,
        "01 000002da 00000002 000002db ffffffff"); // unseen transactions
  }

  /** Page ranges of a leaf that is published via its root. */
  public static final DumpSplit PAGES =
      new DumpSplit("4-0-0", 4, LEAF, new Pages(PageRange.from(8)), 16, 0, 0, 0);

  public static final String PAGES_BYTES = pagesBytes("0000000000000010") + NO_REQUEST;

  /** Version 1, with the chunk at page 16 pending; version 2 has {@link #NO_REQUEST} behind it. */
  public static final String FORMER_PAGES_BYTES =
      former(
          pagesBytes(
              "0000000000000018"
                  + "00000002" // pending chunks
                  + "0000000000000010 0000000000000009 0000000000000030"
                  + "0000000000000014 0000000000000009 ffffffffffffffff"));

  private static String pagesBytes(String nextPage) {
    return "0005 342d302d30" // id
        + "0000000000000004" // dump
        + TABLE_BYTES
        + "0000000000000008 7fffffffffffffff" // range
        + nextPage
        + "00000000" // keys
        + "00000000 0000000000000000"; // round, least mark
  }

  /** Keys to repair. */
  public static final DumpSplit KEYS =
      DumpSplit.ofKeys("4-repair-2-0-0", 4, LEAF, List.of(KEY), 2, 9);

  public static final String KEYS_BYTES = keysBytes("") + NO_REQUEST;

  /** Version 1; version 2 has {@link #NO_REQUEST} behind it. */
  public static final String FORMER_KEYS_BYTES = former(keysBytes("00000000"));

  private static String keysBytes(String pending) {
    return "000e 342d7265706169722d322d302d30"
        + "0000000000000004"
        + TABLE_BYTES
        + "0000000000000000 0000000000000001 0000000000000000"
        + pending
        + "00000001 00000007 0001000000016b"
        + "00000002 0000000000000009";
  }

  /** Pages of a dump on demand. */
  public static final DumpSplit REQUESTED =
      DumpSplit.ofRequest("4-0-8-r-0", 4, LEAF, new PageRange(8, 16), 0xF000_0000_0000_0001L);

  public static final String REQUESTED_BYTES =
      "0009 342d302d382d722d30"
          + "0000000000000004"
          + TABLE_BYTES
          + "0000000000000008 0000000000000010 0000000000000008"
          + "00000000" // keys
          + "00000000 0000000000000000"
          + "f000000000000001"; // request

  /** Keys of a dump on demand. */
  public static final DumpSplit REQUESTED_KEYS =
      DumpSplit.ofRequestedKeys("4-keys-0-0-3", 4, LEAF, List.of(KEY), 3);

  public static final String REQUESTED_KEYS_BYTES = requestedKeysBytes("");

  /** Version 2. */
  public static final String FORMER_REQUESTED_KEYS_BYTES = former(requestedKeysBytes("00000000"));

  private static String requestedKeysBytes(String pending) {
    return "000c 342d6b6579732d302d302d33"
        + "0000000000000004"
        + TABLE_BYTES
        + "0000000000000000 0000000000000001 0000000000000000"
        + pending
        + "00000001 00000007 0001000000016b"
        + "00000000 0000000000000000"
        + "0000000000000003"; // request
  }

  private final CaptureSplitSerializer serializer = new CaptureSplitSerializer();

  @Test
  void theStreamSplitHasItsBytes() throws IOException {
    golden(STREAM, hex(STREAM_BYTES));
  }

  @Test
  void dumpSplitsHaveTheirBytes() throws IOException {
    golden(PAGES, hex("02", PAGES_BYTES));
    golden(KEYS, hex("02", KEYS_BYTES));
    golden(REQUESTED, hex("02", REQUESTED_BYTES));
    golden(REQUESTED_KEYS, hex("02", REQUESTED_KEYS_BYTES));
  }

  @Test
  void version1IsRead() throws IOException {
    assertThat(serializer.deserialize(1, hex(FORMER_STREAM_BYTES))).isEqualTo(FORMER_STREAM);
    assertThat(serializer.deserialize(1, hex("02", FORMER_PAGES_BYTES))).isEqualTo(PAGES);
    assertThat(serializer.deserialize(1, hex("02", FORMER_KEYS_BYTES))).isEqualTo(KEYS);
  }

  @Test
  void version2IsRead() throws IOException {
    assertThat(serializer.deserialize(2, hex(FORMER_STREAM_BYTES))).isEqualTo(FORMER_STREAM);
    assertThat(serializer.deserialize(2, hex("02", FORMER_PAGES_BYTES, NO_REQUEST)))
        .as("what was pending is read again")
        .isEqualTo(PAGES);
    assertThat(serializer.deserialize(2, hex("02", FORMER_KEYS_BYTES, NO_REQUEST))).isEqualTo(KEYS);
    assertThat(serializer.deserialize(2, hex("02", FORMER_REQUESTED_KEYS_BYTES)))
        .isEqualTo(REQUESTED_KEYS);
  }

  @Test
  void version3IsRead() throws IOException {
    assertThat(serializer.deserialize(3, hex(VERSION_3_STREAM_BYTES))).isEqualTo(VERSION_3_STREAM);
    assertThat(serializer.deserialize(3, hex("02", former(PAGES_BYTES)))).isEqualTo(PAGES);
  }

  @Test
  void schemasOfFormerVersionsAreRead() throws IOException {
    assertThat(serializer.deserialize(4, hex(former(STREAM_BYTES)))).isEqualTo(STREAM);
    assertThat(serializer.deserialize(4, hex("02", former(PAGES_BYTES)))).isEqualTo(PAGES);
  }

  @Test
  void anyNumberOfUnseenXidsComesBack() throws IOException {
    int[] xids = IntStream.range(0, 5_000).toArray();
    StreamSplit split =
        new StreamSplit(
            StreamPosition.at(1), 1, 1, 1, 0, List.of(), new UnseenXids(false, 0, xids), 0);
    assertThat(serializer.deserialize(4, serializer.serialize(split))).isEqualTo(split);
  }

  @Test
  void otherVersionsAndOtherEndsAreRefused() {
    byte[] stream = hex(STREAM_BYTES);
    assertThatThrownBy(() -> serializer.deserialize(5, stream))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("a split of version 5; this release reads versions 1 to 4");
    assertThatThrownBy(() -> serializer.deserialize(0, stream)).isInstanceOf(IOException.class);
    byte[] longer = Arrays.copyOf(stream, stream.length + 1);
    assertThatThrownBy(() -> serializer.deserialize(4, longer))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("1 bytes after split stream");
    byte[] other = stream.clone();
    other[0] = 3;
    assertThatThrownBy(() -> serializer.deserialize(4, other))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no split has the kind 3");
  }

  @Test
  void aLengthThatCannotBeIsRefusedBeforeAnythingIsMadeOfIt() {
    assertThatThrownBy(() -> serializer.deserialize(1, withPending("ffffffff")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("a length of -1");
    assertThatThrownBy(() -> serializer.deserialize(1, withPending("00989681")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("a length of 10000001");
    assertThatThrownBy(() -> serializer.deserialize(1, withPending("00989680")))
        .as("ten million can be, but they are not there")
        .isInstanceOf(EOFException.class);
  }

  /** A split that ends where its pending chunks should follow. */
  private static byte[] withPending(String count) {
    byte[] keys = hex("02", FORMER_KEYS_BYTES);
    int behind = hex("00000001 00000007 0001000000016b 00000002 0000000000000009").length;
    byte[] bytes = Arrays.copyOf(keys, keys.length - behind);
    System.arraycopy(hex(count), 0, bytes, bytes.length - Integer.BYTES, Integer.BYTES);
    return bytes;
  }

  @Test
  void aSplitThatCannotBeIsAnIoException() {
    byte[] cut = hex(STREAM_BYTES);
    cut[1 + 3 * 8 - 1] = 0; // the ordinal of a transaction that was cut
    assertThatThrownBy(() -> serializer.deserialize(4, cut))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("a split that cannot be: position with commit LSN 0/20, ordinal 0");
    byte[] keys = hex("02", KEYS_BYTES);
    keys[keys.length - 17] = 0; // the repair round
    assertThatThrownBy(() -> serializer.deserialize(4, keys))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("a split that cannot be: split 4-repair-2-0-0 of 1 keys");
  }

  /** Where a table has no key, it is a whole row. */
  @Test
  void aKeyOfManyMegabytesComesBack() throws IOException {
    RowKey large = new RowKey(new byte[11 << 20]);
    DumpSplit split = DumpSplit.ofKeys("4-repair-2-0-0", 4, LEAF, List.of(large), 2, 9);
    assertThat(serializer.deserialize(4, serializer.serialize(split))).isEqualTo(split);
  }

  private void golden(CaptureSplit split, byte[] bytes) throws IOException {
    assertThat(serializer.getVersion()).isEqualTo(4);
    assertThat(serializer.serialize(split)).isEqualTo(bytes);
    assertThat(serializer.deserialize(4, bytes)).isEqualTo(split);
  }
}
