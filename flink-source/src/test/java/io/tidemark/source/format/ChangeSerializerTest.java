package io.tidemark.source.format;

import static io.tidemark.source.format.Bytes.hex;
import static io.tidemark.source.format.Bytes.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.postgres.Column;
import io.tidemark.postgres.PgType;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.change.Begin;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.Commit;
import io.tidemark.postgres.change.Ddl;
import io.tidemark.postgres.change.DumpEnd;
import io.tidemark.postgres.change.LogicalMessage;
import io.tidemark.postgres.change.Position;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.change.RowChange.Origin;
import io.tidemark.postgres.change.SchemaChange;
import io.tidemark.postgres.change.Truncate;
import io.tidemark.postgres.ddl.DdlStatement;
import io.tidemark.postgres.ddl.MalformedDdlException;
import io.tidemark.source.ChangeTypeInfo;
import io.tidemark.source.lane.LaneRecordTypeInfo;
import io.tidemark.source.lane.RandomRecords;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;

public class ChangeSerializerTest {
  public static final TableSchema SCHEMA =
      new TableSchema(
          5,
          new TableName("s", "t"),
          ReplicaIdentity.DEFAULT,
          List.of(new Column("id", PgType.base(25, "text"), -1, 7)),
          0);

  /** As it is read of what version 3 wrote. */
  private static final TableSchema FORMER =
      new TableSchema(
          5,
          SCHEMA.name(),
          SCHEMA.identity(),
          List.of(new Column("id", PgType.base(25, "text"), -1)),
          0);

  /** Fingerprint, length, and what {@link TableSchemaSerializerTest} spells out. */
  public static final String SCHEMA_HEX =
      "7eacf5d715a70636274531c2f04abb13" + "00000037" + schemaHex("03", "0007");

  private static final String FORMER_HEX =
      "725b8f27d90cdd3cc37b917ab36eedc9" + "00000035" + schemaHex("02", "");

  private static String schemaHex(String version, String number) {
    return version
        + "00000005"
        + text("s")
        + text("t")
        + "64 00000001"
        + text("id")
        + "ffffffff"
        + number
        + "00000019"
        + text("text")
        + "00 01 00 00000001 00000000";
  }

  private static final Position POSITION = new Position(0x1122, 3);
  private static final String POSITION_HEX = "0000000000001122 0000000000000003";
  private static final String TIME = "0000000000000007";
  private static final String XID = "000002da";
  private static final Tuple ROW = tuple("0001 62 00000001 61", Tuple.Layout.PGOUTPUT);
  private static final Tuple COPIED = tuple("0001 00000001 61", Tuple.Layout.COPY);
  private static final Origin ORIGIN = new Origin(0x1122, 3, 7, 730);
  private static final String ORIGIN_HEX = POSITION_HEX + TIME + XID;
  private static final String ROW_HEX = "01 00000008 0001 62 00000001 61";

  private final ChangeSerializer serializer = new ChangeSerializer();

  @Test
  void transactionsHaveTheirBytes() throws IOException {
    golden(new Begin(POSITION, 7, 730), "00", POSITION_HEX, TIME, XID);
    golden(new Commit(POSITION, 0x1188, 7), "01", POSITION_HEX, "0000000000001188", TIME);
  }

  @Test
  void endsOfDumpsHaveTheirBytes() throws IOException {
    golden(
        new DumpEnd(POSITION, new TableName("s", "t"), 0xF000_0000_0000_0001L, 2, 3),
        "09",
        POSITION_HEX,
        Bytes.text("s") + Bytes.text("t"),
        "f000000000000001",
        "00000002 00000003");
  }

  @Test
  void truncatesAndMessagesHaveTheirBytes() throws IOException {
    golden(
        new Truncate(POSITION, 7, 730, SCHEMA, true, false),
        "02",
        POSITION_HEX,
        TIME,
        XID,
        "01 00",
        SCHEMA_HEX);
    LogicalMessage message = new LogicalMessage(POSITION, 7, true, "p", new byte[] {9});
    String hex = "03" + POSITION_HEX + TIME + "01" + text("p") + "00000001 09";
    assertThat(Bytes.of(serializer, message)).isEqualTo(hex(hex));
    assertThat(Bytes.read(serializer, hex(hex)))
        .usingRecursiveComparison(Bytes.BY_FIELDS)
        .isEqualTo(message);
  }

  @Test
  void rowsHaveTheirBytes() throws IOException {
    golden(
        RowChange.read(SCHEMA, COPIED, 0x1122),
        "04",
        SCHEMA_HEX,
        "0000000000001122",
        "0000000000000000",
        "0000000000000000",
        "00000000",
        "00",
        "02 00000007 0001 00000001 61",
        "00");
    golden(
        RowChange.read(SCHEMA, COPIED, 0x1122, 0xF000_0000_0000_0001L),
        "08",
        "f000000000000001",
        SCHEMA_HEX,
        "0000000000001122",
        "0000000000000000",
        "0000000000000000",
        "00000000",
        "00",
        "02 00000007 0001 00000001 61",
        "00");
    golden(
        RowChange.insert(SCHEMA, ROW, ORIGIN), "05", SCHEMA_HEX, ORIGIN_HEX, "00", ROW_HEX, "00");
    golden(
        RowChange.update(SCHEMA, ROW, ROW, true, ORIGIN),
        "06",
        SCHEMA_HEX,
        ORIGIN_HEX,
        "01",
        ROW_HEX,
        ROW_HEX);
    golden(
        RowChange.delete(SCHEMA, ROW, false, ORIGIN),
        "07",
        SCHEMA_HEX,
        ORIGIN_HEX,
        "00",
        "00",
        ROW_HEX);
  }

  @Test
  void statementsHaveTheirBytes() throws IOException, MalformedDdlException {
    String json = "{\"version\":1, \"event\":\"gap\", \"tag\":\"ALTER TABLE\"}";
    golden(
        new Ddl(POSITION, 7, 730, DdlStatement.parse(json)),
        "0a",
        POSITION_HEX,
        TIME,
        XID,
        text(json));
    assertThatThrownBy(
            () -> Bytes.read(serializer, hex("0a", POSITION_HEX, TIME, XID, text("{'secret'"))))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("a statement at 0/1122#3 that is none: ")
        .hasMessageNotContaining("secret");
  }

  @Test
  void changesOfTablesHaveTheirBytes() throws IOException {
    golden(
        new SchemaChange(
            POSITION,
            7,
            730,
            SCHEMA,
            SCHEMA,
            SchemaChange.Source.STRUCTURE,
            Map.of(1600, "", 9, "ü")),
        "0b",
        ORIGIN_HEX,
        "00",
        "01" + SCHEMA_HEX,
        "01" + SCHEMA_HEX,
        "00000002 00000009" + text("ü") + "00000640 00000000");
    golden(
        new SchemaChange(POSITION, 7, 730, null, SCHEMA, SchemaChange.Source.RELATION, Map.of()),
        "0b",
        ORIGIN_HEX,
        "01",
        "00",
        "01" + SCHEMA_HEX,
        "00000000");
    golden(
        new SchemaChange(POSITION, 7, 730, SCHEMA, null, SchemaChange.Source.RELATION, Map.of()),
        "0b",
        ORIGIN_HEX,
        "01",
        "01" + SCHEMA_HEX,
        "00",
        "00000000");
    assertThatThrownBy(() -> Bytes.read(serializer, hex("0b", ORIGIN_HEX, "00 00 00 00000000")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("a change of no table at 0/1122#3");
    assertThatThrownBy(() -> Bytes.read(serializer, hex("0b", ORIGIN_HEX, "02")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("source of a change of a table has the code 2");
  }

  @Test
  void whatVersion3WroteIsRead() throws IOException {
    String insert = "05" + FORMER_HEX + ORIGIN_HEX + "00" + ROW_HEX + "00";
    assertThat(Bytes.read(serializer, hex(insert)))
        .usingRecursiveComparison(Bytes.BY_FIELDS)
        .isEqualTo(RowChange.insert(FORMER, ROW, ORIGIN));
  }

  @Test
  void aRowOfTheRequest0IsRefused() {
    assertThatThrownBy(() -> Bytes.read(serializer, hex("08 0000000000000000" + SCHEMA_HEX)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("request 0");
  }

  @Test
  void anyChangeComesBack() throws IOException {
    for (long seed = 0; seed < 2_000; seed++) {
      Change change = new RandomRecords(seed).change();
      Change back = Bytes.read(serializer, Bytes.of(serializer, change));
      assertThat(back)
          .as("seed %d", seed)
          .usingRecursiveComparison(Bytes.BY_FIELDS)
          .isEqualTo(change);
    }
  }

  @Test
  void corruptedBytesAreAnIoException() throws IOException {
    for (long seed = 0; seed < 500; seed++) {
      byte[] bytes = Bytes.of(serializer, new RandomRecords(seed).change());
      Bytes.corrupt(serializer, bytes, new Random(seed));
    }
  }

  @Test
  void copyingIsFree() throws IOException {
    Change change = RowChange.insert(SCHEMA, ROW, ORIGIN);
    assertThat(serializer.copy(change)).isSameAs(change);
    assertThat(serializer.copy(change, change)).isSameAs(change);
    DataOutputSerializer out = new DataOutputSerializer(64);
    serializer.copy(new DataInputDeserializer(Bytes.of(serializer, change)), out);
    assertThat(out.getCopyOfBuffer()).isEqualTo(Bytes.of(serializer, change));
  }

  @Test
  void theTypeInformationGivesTheSerializer() {
    ChangeTypeInfo info = new ChangeTypeInfo();
    assertThat(info.createSerializer(new SerializerConfigImpl())).isEqualTo(serializer);
    assertThat(info).isEqualTo(new ChangeTypeInfo()).isNotEqualTo(new LaneRecordTypeInfo());
    assertThat(serializer.snapshotConfiguration().restoreSerializer()).isEqualTo(serializer);
    assertThat(serializer.snapshotConfiguration().getCurrentVersion()).isEqualTo(4);
    assertThat(
            serializer
                .snapshotConfiguration()
                .resolveSchemaCompatibility(new ChangeSerializer.Snapshot())
                .isCompatibleAsIs())
        .isTrue();
  }

  private void golden(Change change, String... groups) throws IOException {
    assertThat(Bytes.of(serializer, change)).isEqualTo(hex(groups));
    assertThat(Bytes.read(serializer, hex(groups)))
        .usingRecursiveComparison(Bytes.BY_FIELDS)
        .isEqualTo(change);
  }

  private static Tuple tuple(String hex, Tuple.Layout layout) {
    byte[] bytes = hex(hex);
    return new Tuple(bytes, 0, bytes.length, layout);
  }
}
