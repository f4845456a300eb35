package io.tidemark.source.lane;

import static io.tidemark.source.format.Bytes.hex;
import static io.tidemark.source.format.Bytes.text;
import static io.tidemark.source.format.ChangeSerializerTest.SCHEMA;
import static io.tidemark.source.format.ChangeSerializerTest.SCHEMA_HEX;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.postgres.TableName;
import io.tidemark.postgres.change.Begin;
import io.tidemark.postgres.change.Position;
import io.tidemark.source.format.Bytes;
import java.io.IOException;
import java.util.Random;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.junit.jupiter.api.Test;

class LaneRecordSerializerTest {
  private static final TableName TABLE = new TableName("s", "t");
  private static final String TABLE_HEX = text("s") + text("t");
  private static final ChunkId CHUNK = new ChunkId(8, 1, 2);
  private static final String CHUNK_HEX = "00000008 0000000000000001 0000000000000002";
  private static final Mark MARK = new Mark(3, 4, 5);
  private static final String MARK_HEX = "0000000000000003 0000000000000004 0000000000000005";
  private static final String LANE = "00000009";
  private static final String NUMBER = "00000000000000ff";

  private final LaneRecordSerializer serializer = new LaneRecordSerializer();

  @Test
  void recordsOfTheStreamHaveTheirBytes() throws IOException {
    golden(
        new LaneRecord.Stream(9, new Begin(new Position(1, 0), 2, 3)),
        "00",
        LANE,
        "00 0000000000000001 0000000000000000 0000000000000002 00000003");
    golden(new LaneRecord.Marked(9, MARK), "01", LANE, MARK_HEX);
    golden(new LaneRecord.Arm(9, TABLE), "02", LANE, TABLE_HEX);
    golden(new LaneRecord.Disarm(9, TABLE), "03", LANE, TABLE_HEX);
    golden(new LaneRecord.VoidChunks(9, TABLE, 255), "04", LANE, TABLE_HEX, NUMBER);
  }

  @Test
  void recordsOfADumpHaveTheirBytes() throws IOException {
    byte[][] rows = {{0, 1}, {0, 2, 7}};
    golden(
        new LaneRecord.Rows(9, CHUNK, MARK, SCHEMA, RowBatch.of(rows, new int[] {-1, 5}), 0),
        "05",
        LANE,
        CHUNK_HEX,
        MARK_HEX,
        SCHEMA_HEX,
        "00000002 00000002 0001 00000003 000207 ffffffff 00000005");
    golden(
        new LaneRecord.Rows(9, CHUNK, MARK, SCHEMA, RowBatch.of(rows, new int[] {-1, 5}), 255),
        "09",
        LANE,
        NUMBER,
        CHUNK_HEX,
        MARK_HEX,
        SCHEMA_HEX,
        "00000002 00000002 0001 00000003 000207 ffffffff 00000005");
    golden(
        new LaneRecord.ChunkEnd(9, CHUNK, MARK, TABLE, 255),
        "06",
        LANE,
        CHUNK_HEX,
        MARK_HEX,
        TABLE_HEX,
        NUMBER);
    golden(new LaneRecord.ChunkFailed(9, CHUNK), "07", LANE, CHUNK_HEX);
    golden(new LaneRecord.Promise(9, 1, 2, 255), "08", LANE, "00000001 00000002", NUMBER);
  }

  @Test
  void anyRecordComesBack() throws IOException {
    for (long seed = 0; seed < 2_000; seed++) {
      LaneRecord record = new RandomRecords(seed).record();
      assertThat(Bytes.read(serializer, Bytes.of(serializer, record)))
          .as("seed %d", seed)
          .usingRecursiveComparison(Bytes.BY_FIELDS)
          .isEqualTo(record);
    }
  }

  @Test
  void corruptedBytesAreAnIoException() throws IOException {
    for (long seed = 0; seed < 500; seed++) {
      byte[] bytes = Bytes.of(serializer, new RandomRecords(seed).record());
      Bytes.corrupt(serializer, bytes, new Random(seed));
    }
  }

  @Test
  void rowsOfTheRequest0AreRefused() {
    String rows = "09" + LANE + "0000000000000000" + CHUNK_HEX + MARK_HEX + SCHEMA_HEX + "00000000";
    assertThatThrownBy(() -> Bytes.read(serializer, hex(rows)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("request 0");
  }

  @Test
  void formerVersionsOfTheFormatAreReadAndUnknownOnesRefused() throws IOException {
    readSnapshot(1);
    readSnapshot(2);
    assertThatThrownBy(() -> readSnapshot(3))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("knows versions 1 to 2, the state has 3");
    assertThatThrownBy(() -> readSnapshot(0)).isInstanceOf(IOException.class);
  }

  private void readSnapshot(int version) throws IOException {
    serializer
        .snapshotConfiguration()
        .readSnapshot(version, new DataInputDeserializer(new byte[0]), getClass().getClassLoader());
  }

  private void golden(LaneRecord record, String... groups) throws IOException {
    assertThat(Bytes.of(serializer, record)).isEqualTo(hex(groups));
    assertThat(Bytes.read(serializer, hex(groups)))
        .usingRecursiveComparison(Bytes.BY_FIELDS)
        .isEqualTo(record);
  }
}
