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
import io.tidemark.source.lane.RandomRecords;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;

class TableSchemaSerializerTest {
  private static final TableSchema SCHEMA =
      new TableSchema(
          16_385,
          new TableName("public", "orders"),
          ReplicaIdentity.DEFAULT,
          List.of(
              new Column("id", PgType.base(20, "bigint"), -1, 1),
              new Column(
                  "tags",
                  new PgType(1009, "text[]", PgType.Kind.ARRAY, PgType.base(25, "text"), true),
                  5,
                  0x7fff),
              new Column("acl", new PgType(1033, "aclitem", PgType.Kind.BASE, null, false), -1)),
          0);

  /** Before version 3 columns had no numbers. */
  private static final TableSchema WITHOUT_NUMBERS = withoutNumbers(SCHEMA);

  private static final byte[] VERSION_3 = written("03", "0001", "7fff", "0000");
  private static final byte[] VERSION_2 = written("02", "", "", "");
  private static final byte[] VERSION_1 = written("01", "", "", "");

  private static final PgType PAIR =
      PgType.composite(
          70_000,
          "public.pair",
          List.of(new PgType(70_001, "public.mood", PgType.Kind.ENUM, null, true), PgType.money(0)),
          true);

  /** Without the number of the column before its type in versions 1 and 2. */
  private static String pairAndPrice(String number) {
    return "00000000 " // oid
        + text("s")
        + text("t")
        + "66 00000002" // identity 'f', columns
        + text("p")
        + "ffffffff"
        + number
        + "00011170"
        + text("public.pair")
        + "04 01 00"; // composite, binary, nothing inside
  }

  private static TableSchema withoutNumbers(TableSchema schema) {
    List<Column> columns =
        schema.columns().stream()
            .map(column -> new Column(column.name(), column.type(), column.typeModifier()))
            .toList();
    return new TableSchema(schema.oid(), schema.name(), schema.identity(), columns, 0);
  }

  private static byte[] written(String version, String id, String tags, String acl) {
    return hex(
        version,
        "00004001", // oid
        text("public"),
        text("orders"),
        "64", // identity 'd'
        "00000003", // columns
        text("id") + "ffffffff" + id, // type modifier, number
        "00000014" + text("bigint") + "00 01 00", // oid, name; base, binary, nothing inside
        text("tags") + "00000005" + tags,
        "000003f1" + text("text[]") + "01 01 01", // array, binary, of
        "00000019" + text("text") + "00 01 00",
        text("acl") + "ffffffff" + acl,
        "00000409" + text("aclitem") + "00 00 00", // base, no binary form
        "00000001 00000000"); // key: one column, the first
  }

  @Test
  void version3IsWritten() {
    assertThat(TableSchemaSerializer.toBytes(SCHEMA)).isEqualTo(VERSION_3);
    assertThat(TableSchemaSerializer.toBytes(pairAndPrice(PAIR, PgType.money(3))))
        .isEqualTo(pairAndPriceWithScale("03 ", "0000"));
  }

  private static byte[] pairAndPriceWithScale(String version, String number) {
    return hex(
        version + pairAndPrice(number),
        "00000002", // types of its fields
        "00011171" + text("public.mood") + "03 01 00",
        "00000316" + text("money") + "00 01 00 00",
        text("price") + "ffffffff" + number,
        "00000316" + text("money") + "00 01 00 03", // its scale
        "00000000");
  }

  @Test
  void version3IsRead() throws IOException {
    assertThat(TableSchemaSerializer.fromBytes(VERSION_3)).isEqualTo(SCHEMA);
  }

  @Test
  void olderVersionsAreRead() throws IOException {
    assertThat(TableSchemaSerializer.fromBytes(VERSION_2)).isEqualTo(WITHOUT_NUMBERS);
    assertThat(TableSchemaSerializer.fromBytes(pairAndPriceWithScale("02", "")))
        .isEqualTo(pairAndPrice(PAIR, PgType.money(3)));
    assertThat(TableSchemaSerializer.fromBytes(VERSION_1)).isEqualTo(WITHOUT_NUMBERS);
    TableSchema old =
        TableSchemaSerializer.fromBytes(
            hex(
                "01 " + pairAndPrice(""),
                text("price") + "ffffffff",
                "00000316" + text("money") + "00 01 00",
                "00000000"));
    assertThat(old).isEqualTo(pairAndPrice(PAIR, PgType.money(2)));
    assertThat(old.columns().get(0).type().fields()).isEmpty();
  }

  private static TableSchema pairAndPrice(PgType pair, PgType price) {
    return new TableSchema(
        0,
        new TableName("s", "t"),
        ReplicaIdentity.FULL,
        List.of(new Column("p", pair, -1), new Column("price", price, -1)));
  }

  @Test
  void otherVersionsAndTrailingBytesAreRefused() {
    byte[] newer = VERSION_3.clone();
    newer[0] = 4;
    assertThatThrownBy(() -> TableSchemaSerializer.fromBytes(newer))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("version 4");
    byte[] longer = Arrays.copyOf(VERSION_3, VERSION_3.length + 1);
    assertThatThrownBy(() -> TableSchemaSerializer.fromBytes(longer))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("1 bytes after the schema of public.orders");
  }

  @Test
  void aNumberThatNoColumnHasIsRefused() {
    byte[] negative = written("03", "8000", "7fff", "0000");
    assertThatThrownBy(() -> TableSchemaSerializer.fromBytes(negative))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("column id with the number -32768");
  }

  @Test
  void anySchemaComesBack() throws IOException {
    for (long seed = 0; seed < 300; seed++) {
      TableSchema schema = new RandomRecords(seed).schema();
      assertThat(TableSchemaSerializer.fromBytes(TableSchemaSerializer.toBytes(schema)))
          .as("seed %d", seed)
          .isEqualTo(schema)
          // Fields of types take no part in their equality.
          .returns(schema.columns().toString(), each -> each.columns().toString());
    }
  }

  @Test
  void corruptedBytesAreAnIoException() {
    Random random = new Random(1);
    for (int i = 0; i < 5_000; i++) {
      byte[] wrong = VERSION_3.clone();
      wrong[random.nextInt(wrong.length)] = (byte) random.nextInt();
      try {
        TableSchemaSerializer.fromBytes(wrong);
      } catch (IOException expected) {
        assertThat(expected).hasMessageNotContaining("null pointer");
      }
    }
  }

  @Test
  void inlinedSchemasAreReadAsOneInstance() throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(64);
    InlinedSchemas writer = new InlinedSchemas();
    writer.write(SCHEMA, out);
    writer.write(TableSchemaSerializer.fromBytes(VERSION_3), out);
    InlinedSchemas reader = new InlinedSchemas();
    DataInputDeserializer in = new DataInputDeserializer(out.getCopyOfBuffer());
    TableSchema first = reader.read(in);
    assertThat(first).isEqualTo(SCHEMA);
    assertThat(reader.read(in)).isSameAs(first);
    assertThat(in.available()).isZero();
  }

  @Test
  void aWrongFingerprintIsRefused() throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(64);
    new InlinedSchemas().write(SCHEMA, out);
    byte[] wrong = out.getCopyOfBuffer();
    wrong[3] ^= 1;
    assertThatThrownBy(() -> new InlinedSchemas().read(new DataInputDeserializer(wrong)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("wrong fingerprint");
  }

  @Test
  void aHugeLengthAllocatesNothingHuge() {
    byte[] claims = hex("3fffffff 00");
    assertThatThrownBy(() -> Fields.readBytes(new DataInputDeserializer(claims)))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> Fields.readRows(new DataInputDeserializer(claims)))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> Fields.readBytes(new DataInputDeserializer(hex("40000001"))))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("at most 1073741824");
  }

  @Test
  void longValuesAreReadInSteps() throws IOException {
    byte[] value = new byte[5_000_000];
    new Random(1).nextBytes(value);
    DataOutputSerializer out = new DataOutputSerializer(64);
    Fields.writeBytes(value, out);
    assertThat(Fields.readBytes(new DataInputDeserializer(out.getCopyOfBuffer()))).isEqualTo(value);
  }
}
