package io.tidemark.source.split;

import static io.tidemark.source.record.Bytes.hex;
import static io.tidemark.source.record.Bytes.text;
import static io.tidemark.source.record.Bytes.utf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.dump.plan.DumpTable;
import io.tidemark.dump.plan.PageRange;
import io.tidemark.dump.postgres.Column;
import io.tidemark.dump.postgres.PgType;
import io.tidemark.dump.postgres.RowKey;
import io.tidemark.dump.postgres.TableName;
import io.tidemark.dump.postgres.TableSchema;
import io.tidemark.dump.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.source.split.DumpSplit.PendingChunk;
import io.tidemark.source.split.StreamTable.PartialKey;
import io.tidemark.source.stream.StreamPosition;
import java.io.EOFException;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class CaptureSplitSerializerTest {
  private static final TableName NAME = new TableName("public", "t");
  private static final TableSchema SCHEMA =
      new TableSchema(
          0x4001,
          NAME,
          ReplicaIdentity.DEFAULT,
          List.of(new Column("id", PgType.base(20, "bigint"), -1)),
          0);
  private static final RowKey KEY = new RowKey(hex("0001 00000001 6b"));

  private static final String SCHEMA_BYTES =
      "01 00004001"
          + text("public")
          + text("t")
          + "64 00000001"
          + text("id")
          + "ffffffff 00000014"
          + text("bigint")
          + "00 01 00"
          + "00000001 00000000";

  private static final StreamSplit STREAM =
      new StreamSplit(
          new StreamPosition(0x10, 0x20, 3, 0x18),
          0xf000_0000_0000_0007L,
          2,
          0x4002,
          9,
          List.of(
              new StreamTable(
                  NAME, 4, 5, 6, 7, true, SCHEMA, null, List.of(new PartialKey(KEY, 7))),
              new StreamTable(
                  new TableName("s", "u"), 0, -1, 0, 0, false, null, SCHEMA, List.of())),
          new UnseenXids(true, 8, new int[] {9, -1}));

  private static final byte[] STREAM_1 =
      hex(
          "01", // kind
          "0000000000000010 0000000000000020", // position: LSN, commit LSN
          "0000000000000003 0000000000000018", // ordinal, change LSN
          "f000000000000007 00000002", // system id, timeline
          "00004002", // publication
          "0000000000000009", // mark counter
          "00000002", // tables
          utf("public") + utf("t"),
          "0000000000000004 0000000000000005 0000000000000006", // dump, arm, void
          "00000007 01", // round, all page chunks evaluated
          "01" + SCHEMA_BYTES + "00", // planned, none seen
          "00000001 00000007 0001 00000001 6b 00000007", // a key and its round
          utf("s") + utf("u"),
          "0000000000000000 ffffffffffffffff 0000000000000000",
          "00000000 00",
          "00 01" + SCHEMA_BYTES, // none planned, seen
          "00000000", // no keys
          "01 00000008 00000002 00000009 ffffffff"); // unseen transactions

  private static final DumpSplit PAGES =
      new DumpSplit(
          "4-0-16",
          4,
          new DumpTable(SCHEMA, 0x4003, new TableName("s", "leaf"), 5, -6, "(id > 'é')"),
          PageRange.from(0x10),
          0x20,
          List.of(new PendingChunk(0x10, 7, -8)),
          List.of(),
          0,
          0);

  private static final byte[] PAGES_1 =
      hex(
          "02" + utf("4-0-16"), // kind, id
          "0000000000000004", // dump
          SCHEMA_BYTES,
          "00004003" + utf("s") + utf("leaf"), // the physical table
          "0000000000000005 fffffffffffffffa", // file node, shape
          "01" + text("(id > 'é')"), // row filter
          "0000000000000010 7fffffffffffffff", // pages
          "0000000000000020", // next
          "00000001 0000000000000010 0000000000000007 fffffffffffffff8", // pending
          "00000000", // keys
          "00000000 0000000000000000"); // round, least mark

  private static final DumpSplit KEYS =
      DumpSplit.ofKeys(
          "4-repair-2-0-0", 4, new DumpTable(SCHEMA, 0x4001, NAME, 5, 6, null), List.of(KEY), 2, 9);

  private static final byte[] KEYS_1 =
      hex(
          "02" + utf("4-repair-2-0-0"),
          "0000000000000004",
          SCHEMA_BYTES,
          "00004001" + utf("public") + utf("t"),
          "0000000000000005 0000000000000006",
          "00", // no row filter
          "0000000000000000 0000000000000001",
          "0000000000000000",
          "00000000", // nothing pending
          "00000001 00000007 0001 00000001 6b",
          "00000002 0000000000000009");

  private final CaptureSplitSerializer serializer = new CaptureSplitSerializer();

  @Test
  void version1IsWritten() throws IOException {
    assertThat(serializer.getVersion()).isEqualTo(1);
    assertThat(serializer.serialize(STREAM)).isEqualTo(STREAM_1);
    assertThat(serializer.serialize(PAGES)).isEqualTo(PAGES_1);
    assertThat(serializer.serialize(KEYS)).isEqualTo(KEYS_1);
  }

  @Test
  void version1IsRead() throws IOException {
    assertThat(serializer.deserialize(1, STREAM_1)).isEqualTo(STREAM);
    assertThat(serializer.deserialize(1, PAGES_1)).isEqualTo(PAGES);
    assertThat(serializer.deserialize(1, KEYS_1)).isEqualTo(KEYS);
  }

  @Test
  void otherVersionsKindsAndBytesLeftOverAreRefused() {
    refuses(2, STREAM_1, "a split of version 2; this release reads version 1");
    byte[] longer = Arrays.copyOf(KEYS_1, KEYS_1.length + 1);
    refuses(1, longer, "1 bytes after split 4-repair-2-0-0");
    byte[] other = KEYS_1.clone();
    other[0] = 3;
    refuses(1, other, "no split has the kind 3");
  }

  @Test
  void aLengthThatCannotBeIsRefusedBeforeAnythingIsMadeOfIt() {
    refuses(1, withPending("ffffffff"), "a length of -1");
    refuses(1, withPending("00989681"), "a length of 10000001");
    assertThatThrownBy(() -> serializer.deserialize(1, withPending("00989680")))
        .as("ten million can be, but they are not there")
        .isInstanceOf(EOFException.class);
  }

  /** A split that ends where its pending chunks should follow. */
  private static byte[] withPending(String count) {
    int at = KEYS_1.length - hex("00000000 00000001 00000007 0001 00000001 6b").length - 12;
    byte[] bytes = Arrays.copyOf(KEYS_1, at + 4);
    System.arraycopy(hex(count), 0, bytes, at, 4);
    return bytes;
  }

  private void refuses(int version, byte[] bytes, String why) {
    assertThatThrownBy(() -> serializer.deserialize(version, bytes))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(why);
  }
}
