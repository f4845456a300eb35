package io.tidemark.gateway.pgcapture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.tidemark.gateway.event.WireBuffer;
import io.tidemark.gateway.wire.pgcapture.Change;
import io.tidemark.gateway.wire.pgcapture.Change.Operation;
import io.tidemark.gateway.wire.pgcapture.Field;
import io.tidemark.postgres.Column;
import io.tidemark.postgres.PgType;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.change.RowChange;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ChangeEncoderTest {
  private static final PgType INT4 = PgType.base(23, "integer");
  private static final PgType TEXT = PgType.base(25, "text");
  private static final PgType ACL = new PgType(1033, "aclitem", PgType.Kind.BASE, null, false);

  private static final TableSchema SCHEMA =
      new TableSchema(
          16_384,
          new TableName("public", "t"),
          ReplicaIdentity.DEFAULT,
          List.of(
              new Column("id", INT4, -1),
              new Column("größe", TEXT, -1),
              new Column("big", TEXT, -1),
              new Column("acl", ACL, -1)),
          0);

  private final ChangeEncoder encoder = new ChangeEncoder(SCHEMA);
  private final WireBuffer buffer = new WireBuffer();

  /** A value as both layouts have it. */
  private sealed interface Value {}

  private record Null() implements Value {}

  private record Unchanged() implements Value {}

  private record Binary(String bytes) implements Value {}

  private record Text(String text) implements Value {}

  private static final Value ID = new Binary("\0\0\0\7");
  private static final Value ID_BEFORE = new Binary("\0\0\0\6");

  private static Tuple pgoutput(Value... values) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(0);
    out.write(values.length);
    for (Value value : values) {
      if (value instanceof Null) {
        out.write('n');
      } else if (value instanceof Unchanged) {
        out.write('u');
      } else {
        out.write(value instanceof Text ? 't' : 'b');
        putBytes(bytes(value), out);
      }
    }
    return new Tuple(out.toByteArray(), 0, out.size(), Tuple.Layout.PGOUTPUT);
  }

  private static Tuple copy(Value... values) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(0);
    out.write(values.length);
    for (Value value : values) {
      if (value instanceof Null) {
        out.writeBytes(new byte[] {-1, -1, -1, -1});
      } else {
        putBytes(bytes(value), out);
      }
    }
    return new Tuple(out.toByteArray(), 0, out.size(), Tuple.Layout.COPY);
  }

  private static void putBytes(byte[] bytes, ByteArrayOutputStream out) {
    out.writeBytes(ByteBuffer.allocate(4).putInt(bytes.length).array());
    out.writeBytes(bytes);
  }

  private static byte[] bytes(Value value) {
    String text = value instanceof Text sent ? sent.text() : ((Binary) value).bytes();
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static Change change(Operation operation, List<Field> now, List<Field> old) {
    return Change.newBuilder()
        .setOp(operation)
        .setSchema("public")
        .setTable("t")
        .addAllNew(now)
        .addAllOld(old)
        .build();
  }

  /** The fields of a row of {@link #SCHEMA}; null stands for one that is left out. */
  private static List<Field> fields(Value... values) {
    List<Field> fields = new ArrayList<>();
    for (int i = 0; i < values.length; i++) {
      if (values[i] == null) {
        continue;
      }
      Column column = SCHEMA.columns().get(i);
      Field.Builder field = Field.newBuilder().setName(column.name()).setOid(column.type().oid());
      if (values[i] instanceof Text sent) {
        field.setText(sent.text());
      } else if (values[i] instanceof Binary) {
        field.setBinary(ByteString.copyFrom(bytes(values[i])));
      }
      fields.add(field.build());
    }
    return fields;
  }

  /** What was put, which is again what protobuf's own code would write. */
  private Change encoded() throws Exception {
    Change change = Change.parseFrom(buffer.toByteArray());
    assertThat(change.toByteArray()).isEqualTo(buffer.toByteArray());
    buffer.clear();
    return change;
  }

  @Test
  void anInsertHasItsNullsItsEmptyValuesAndItsTexts() throws Exception {
    Value[] row = {ID, new Null(), new Binary(""), new Text("a=r/b")};
    encoder.insert(pgoutput(row), buffer);
    assertThat(encoded()).isEqualTo(change(Operation.INSERT, fields(row), List.of()));
  }

  @Test
  void aDumpedRowIsAnUpdateWithoutOldValues() throws Exception {
    Value[] row = {ID, new Binary("1"), new Null(), new Text("a=r/b")};
    encoder.update(copy(row), null, buffer);
    assertThat(encoded()).isEqualTo(change(Operation.UPDATE, fields(row), List.of()));
  }

  @Test
  void unchangedToastIsNoField() throws Exception {
    encoder.update(pgoutput(ID, new Binary("1"), new Unchanged(), new Null()), null, buffer);
    assertThat(encoded())
        .isEqualTo(
            change(Operation.UPDATE, fields(ID, new Binary("1"), null, new Null()), List.of()));
  }

  @Test
  void anOldKeyHasNoNulls() throws Exception {
    Tuple row = pgoutput(ID, new Binary("1"), new Unchanged(), new Null());
    Tuple key = pgoutput(ID_BEFORE, new Null(), new Null(), new Null());
    encoder.update(row, key, buffer);
    assertThat(encoded())
        .isEqualTo(
            change(
                Operation.UPDATE,
                fields(ID, new Binary("1"), null, new Null()),
                fields(ID_BEFORE)));
    encoder.delete(key, buffer);
    assertThat(encoded()).isEqualTo(change(Operation.DELETE, List.of(), fields(ID_BEFORE)));
  }

  @Test
  void anOldRowHasNoNullsEither() throws Exception {
    Value[] before = {ID, new Null(), new Binary("toast"), new Null()};
    Value[] sent = {ID, null, new Binary("toast"), null};
    Value[] after = {ID, new Binary("1"), new Binary("toast"), new Null()};
    encoder.update(pgoutput(after), pgoutput(before), buffer);
    assertThat(encoded()).isEqualTo(change(Operation.UPDATE, fields(after), fields(sent)));
    encoder.delete(pgoutput(before), buffer);
    assertThat(encoded()).isEqualTo(change(Operation.DELETE, List.of(), fields(sent)));
  }

  @Test
  void aChangeOfASinkIsEncodedByWhatHappenedToItsRow() throws Exception {
    Value[] before = {ID, new Null(), new Binary("toast"), new Null()};
    Value[] sent = {ID, null, new Binary("toast"), null};
    Value[] after = {ID, new Binary("1"), new Binary("toast"), new Null()};
    RowChange.Origin origin = new RowChange.Origin(16, 1, 0, 7);
    encoder.put(RowChange.insert(SCHEMA, pgoutput(after), origin), buffer);
    assertThat(encoded()).isEqualTo(change(Operation.INSERT, fields(after), List.of()));
    encoder.put(RowChange.read(SCHEMA, copy(after), 16), buffer);
    assertThat(encoded()).isEqualTo(change(Operation.UPDATE, fields(after), List.of()));
    encoder.put(RowChange.update(SCHEMA, pgoutput(after), pgoutput(before), true, origin), buffer);
    assertThat(encoded()).isEqualTo(change(Operation.UPDATE, fields(after), fields(sent)));
    encoder.put(RowChange.delete(SCHEMA, pgoutput(before), true, origin), buffer);
    assertThat(encoded()).isEqualTo(change(Operation.DELETE, List.of(), fields(sent)));
    TableSchema other =
        new TableSchema(1, new TableName("public", "u"), SCHEMA.identity(), SCHEMA.columns(), 0);
    assertThatThrownBy(() -> encoder.put(RowChange.insert(other, pgoutput(after), origin), buffer))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("INSERT public.u");
  }

  @Test
  void valuesOfAnyLengthAreEncodedAsProtobufWould() throws Exception {
    long seed = new Random().nextLong();
    System.out.println("ChangeEncoderTest seed " + seed);
    Random random = new Random(seed);
    for (int i = 0; i < 2_000; i++) {
      Value[] row = {
        ID,
        random(random),
        new Binary("x".repeat(random.nextInt(1 << random.nextInt(18)))),
        random.nextBoolean() ? new Null() : new Text("y".repeat(random.nextInt(200)))
      };
      encoder.insert(random.nextBoolean() ? pgoutput(row) : copy(row), buffer);
      assertThat(encoded()).isEqualTo(change(Operation.INSERT, fields(row), List.of()));
    }
  }

  private static Value random(Random random) {
    return random.nextBoolean() ? new Null() : new Binary("z".repeat(random.nextInt(3)));
  }
}
