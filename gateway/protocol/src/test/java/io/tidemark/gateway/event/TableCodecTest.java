package io.tidemark.gateway.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.InvalidProtocolBufferException;
import io.tidemark.gateway.wire.Table;
import io.tidemark.gateway.wire.Type;
import io.tidemark.postgres.Column;
import io.tidemark.postgres.PgType;
import io.tidemark.postgres.PgType.Kind;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TableCodecTest {
  private static final PgType INT4 = PgType.base(23, "integer");
  private static final PgType NESTED =
      new PgType(
          -5,
          "public.\"Days\"[]",
          Kind.ARRAY,
          new PgType(70_001, "public.\"Days\"", Kind.DOMAIN, INT4, true),
          true);

  @Test
  void everyKindOfTypeComesBack() throws InvalidProtocolBufferException {
    List<Column> columns = new ArrayList<>();
    for (Kind kind : Kind.values()) {
      boolean nested =
          switch (kind) {
            case ARRAY, DOMAIN, RANGE, MULTIRANGE -> true;
            case BASE, ENUM, COMPOSITE, UNKNOWN -> false;
          };
      columns.add(
          new Column(kind.name(), new PgType(7, kind + "s", kind, nested ? INT4 : null, true), -1));
    }
    columns.add(new Column("numeric", PgType.base(1700, "numeric"), 655_366, 32_767));
    columns.add(new Column("nested", NESTED, -1));
    columns.add(new Column("price", PgType.money(0), -1));
    PgType inside = PgType.composite(70_003, "public.b", List.of(NESTED, PgType.money(3)), true);
    columns.add(
        new Column("pair", PgType.composite(70_002, "public.a", List.of(inside), true), -1));
    columns.add(new Column("text", new PgType(1034, "aclitem[]", Kind.BASE, null, false), 0));
    for (ReplicaIdentity identity : ReplicaIdentity.values()) {
      assertRoundTrip(
          new TableSchema(-2, new TableName("s", "t \"ü\""), identity, columns, 0, 8, 9));
    }
    assertRoundTrip(new TableSchema(1, new TableName("", "t"), ReplicaIdentity.NOTHING, List.of()));
  }

  private static void assertRoundTrip(TableSchema schema) throws InvalidProtocolBufferException {
    Table wire = Table.parseFrom(TableCodec.toWire(-1, schema).toByteArray());
    TableSchema read = TableCodec.fromWire(wire);
    assertThat(wire.getId()).isEqualTo(-1);
    assertThat(read).isEqualTo(schema);
    for (int i = 0; i < schema.columns().size(); i++) {
      // Names and fields of types take no part in their equality.
      assertThat(read.columns().get(i).type())
          .hasToString(schema.columns().get(i).type().toString());
    }
  }

  @Test
  void whatDescribesNoTableIsRefused() {
    Table good =
        TableCodec.toWire(
            3,
            new TableSchema(
                1,
                new TableName("public", "t"),
                ReplicaIdentity.DEFAULT,
                List.of(new Column("a", INT4, -1)),
                0));
    assertRefused(good.toBuilder().setIdentity("x"), "no replica identity has the code 'x'");
    assertRefused(good.toBuilder().setIdentity(""), "replica identity ''");
    assertRefused(good.toBuilder().addKey(1), "key [0, 1] of public.t with 1 columns");
    assertRefused(good.toBuilder().setKey(0, -1), "key [-1]");
    assertRefused(
        good.toBuilder().setColumns(0, column(Type.newBuilder().setKind(Type.Kind.ARRAY))),
        "column 'a': type x (oid 0) of kind ARRAY with inner type null");
    assertRefused(
        good.toBuilder().setColumns(0, column(Type.newBuilder().setKindValue(99))),
        "column 'a': type x is of an unknown kind 99");
    assertRefused(
        good.toBuilder().setColumns(0, good.getColumns(0).toBuilder().setNumber(-1)),
        "column a with the number -1");
    Type type = Type.newBuilder().setKind(Type.Kind.BASE).build();
    for (int i = 0; i < 65; i++) {
      type = Type.newBuilder().setKind(Type.Kind.DOMAIN).setInner(type).build();
    }
    assertRefused(
        good.toBuilder().setColumns(0, column(type.toBuilder())), "a type nested deeper than 64");
    assertThat(TableCodec.fromWire(withColumn(good, type.getInner())).columns()).hasSize(1);
    Table.Builder wide = good.toBuilder();
    for (int i = 0; i < 1600; i++) {
      wide.addColumns(good.getColumns(0));
    }
    assertRefused(wide, "1601 columns");
  }

  private static Table withColumn(Table table, Type type) {
    return table.toBuilder().setColumns(0, column(type.toBuilder())).build();
  }

  private static io.tidemark.gateway.wire.Column column(Type.Builder type) {
    return io.tidemark.gateway.wire.Column.newBuilder()
        .setName("a")
        .setType(type.setName("x"))
        .build();
  }

  private static void assertRefused(Table.Builder table, String problem) {
    assertThatThrownBy(() -> TableCodec.fromWire(table.build()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("malformed description of table public.t (id 3): ")
        .hasMessageContaining(problem);
  }
}
