package io.tidemark.source.enumerator;

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
import io.tidemark.source.split.DumpSplit;
import io.tidemark.source.split.StreamSplit;
import io.tidemark.source.split.UnseenXids;
import io.tidemark.source.stream.StreamPosition;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class EnumeratorStateSerializerTest {
  private static final TableName NAME = new TableName("public", "t");
  private static final DumpTable TABLE =
      new DumpTable(
          new TableSchema(
              0x4001,
              NAME,
              ReplicaIdentity.DEFAULT,
              List.of(new Column("id", PgType.base(20, "bigint"), -1)),
              0),
          0x4001,
          NAME,
          5,
          6,
          null);

  private static final String TABLE_BYTES =
      "01 00004001"
          + text("public")
          + text("t")
          + "64 00000001"
          + text("id")
          + "ffffffff 00000014"
          + text("bigint")
          + "00 01 00"
          + "00000001 00000000"
          + "00004001"
          + utf("public")
          + utf("t")
          + "0000000000000005 0000000000000006"
          + "00"; // no row filter

  private static final EnumeratorState STATE =
      new EnumeratorState(
          new StreamSplit(StreamPosition.at(0x10), 7, 2, 3, 9, List.of(), UnseenXids.NONE),
          true,
          7,
          2,
          new DumpCoordinator.State(
              12,
              List.of(
                  new TableDump.State(
                      11,
                      NAME,
                      true,
                      TableDump.Phase.REPAIRING,
                      List.of(TABLE),
                      List.of(DumpSplit.ofPages("11-0-0", 11, TABLE, PageRange.from(0))),
                      List.of(
                          DumpSplit.ofKeys(
                              "11-r", 11, TABLE, List.of(new RowKey(hex("6b"))), 2, 8)),
                      2,
                      1,
                      true,
                      -1,
                      -3)),
              new TreeSet<>(Set.of(new TableName("s", "b"), new TableName("s", "a")))));

  private static final byte[] VERSION_1 =
      hex(
          "01 01", // the stream split waits
          "0000000000000010 0000000000000000 0000000000000000 0000000000000000",
          "0000000000000007 00000002 00000003 0000000000000009",
          "00000000 00 00000000 00000000", // no tables, no transactions
          "01", // prepared
          "0000000000000007 00000002", // system id, timeline
          "000000000000000c", // next dump
          "00000001", // dumps
          "000000000000000b" + utf("public") + utf("t"),
          "01" + utf("REPAIRING"), // only repairs, phase
          "00000001" + TABLE_BYTES,
          "00000001" + utf("11-0-0") + "000000000000000b" + TABLE_BYTES, // waits
          "0000000000000000 7fffffffffffffff 0000000000000000",
          "00000000 00000000 00000000 0000000000000000",
          "00000001" + utf("11-r") + "000000000000000b" + TABLE_BYTES, // with a reader
          "0000000000000000 0000000000000001 0000000000000000",
          "00000000 00000001 00000001 6b 00000002 0000000000000008",
          "00000002 00000001 01 ffffffff", // rounds, keys awaited, none answered
          "fffffffffffffffd", // high
          "00000002" + utf("s") + utf("a") + utf("s") + utf("b")); // done

  private final EnumeratorStateSerializer serializer = new EnumeratorStateSerializer();

  @Test
  void version1IsWritten() throws IOException {
    assertThat(serializer.getVersion()).isEqualTo(1);
    assertThat(serializer.serialize(STATE)).isEqualTo(VERSION_1);
  }

  @Test
  void version1IsRead() throws IOException {
    assertThat(serializer.deserialize(1, VERSION_1)).isEqualTo(STATE);
  }

  @Test
  void aStreamThatAReaderHasIsNotInIt() throws IOException {
    EnumeratorState assigned =
        new EnumeratorState(null, false, 7, 2, new DumpCoordinator.State(1, List.of(), Set.of()));
    byte[] bytes = serializer.serialize(assigned);
    assertThat(bytes)
        .isEqualTo(hex("00 00 0000000000000007 00000002 0000000000000001 00000000 00000000"));
    assertThat(serializer.deserialize(1, bytes)).isEqualTo(assigned);
  }

  @Test
  void otherVersionsPhasesSplitsAndBytesLeftOverAreRefused() throws IOException {
    refuses(2, VERSION_1, "enumerator state of version 2; this release reads version 1");
    refuses(1, Arrays.copyOf(VERSION_1, VERSION_1.length + 2), "2 bytes after the enumerator's");
    byte[] phase = VERSION_1.clone();
    phase[indexOf(phase, hex(utf("REPAIRING"))) + 2] = 'X';
    refuses(1, phase, "no dump has the phase 'XEPAIRING'");
    String split = utf("d") + "000000000000000b" + TABLE_BYTES + "0000000000000000";
    byte[] dump = hex("01 02" + split + "0000000000000001".repeat(2) + "00".repeat(20));
    refuses(1, dump, "split d where the stream split was expected");
  }

  private static int indexOf(byte[] in, byte[] what) {
    for (int at = 0; ; at++) {
      if (Arrays.equals(in, at, at + what.length, what, 0, what.length)) {
        return at;
      }
    }
  }

  private void refuses(int version, byte[] bytes, String why) {
    assertThatThrownBy(() -> serializer.deserialize(version, bytes))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(why);
  }
}
