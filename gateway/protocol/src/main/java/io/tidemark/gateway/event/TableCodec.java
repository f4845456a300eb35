package io.tidemark.gateway.event;

import io.tidemark.gateway.wire.Table;
import io.tidemark.gateway.wire.Type;
import io.tidemark.postgres.Column;
import io.tidemark.postgres.PgType;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import java.util.ArrayList;
import java.util.List;

/**
 * A {@link TableSchema} as the message {@link Table}, and back. What comes over the wire is
 * checked: PostgreSQL's bound of 1600 columns, and types nested no deeper than 64, which no
 * database has.
 */
public final class TableCodec {
  private static final int MAX_COLUMNS = 1600;
  private static final int MAX_NESTING = 64;

  private TableCodec() {}

  /**
   * The message for a table.
   *
   * @param id by which rows of the stream refer to it, unsigned
   */
  public static Table toWire(int id, TableSchema schema) {
    Table.Builder table =
        Table.newBuilder()
            .setId(id)
            .setOid(schema.oid())
            .setSchema(schema.name().schema())
            .setName(schema.name().name())
            .setIdentity(String.valueOf(schema.identity().code()));
    for (Column column : schema.columns()) {
      table
          .addColumnsBuilder()
          .setName(column.name())
          .setType(toWire(column.type()))
          .setModifier(column.typeModifier())
          .setNumber(column.number());
    }
    for (int i = 0; i < schema.keySize(); i++) {
      table.addKey(schema.keyColumn(i));
    }
    return table.build();
  }

  /**
   * The table that a message describes.
   *
   * @throws IllegalArgumentException if it describes none; the message names the table and the
   *     column
   */
  public static TableSchema fromWire(Table table) {
    TableName name = new TableName(table.getSchema(), table.getName());
    try {
      return schema(name, table);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "malformed description of table %s (id %s): %s"
              .formatted(name, Integer.toUnsignedString(table.getId()), e.getMessage()),
          e);
    }
  }

  private static TableSchema schema(TableName name, Table table) {
    if (table.getColumnsCount() > MAX_COLUMNS) {
      throw new IllegalArgumentException(
          table.getColumnsCount() + " columns; PostgreSQL has at most " + MAX_COLUMNS);
    }
    List<Column> columns = new ArrayList<>(table.getColumnsCount());
    for (io.tidemark.gateway.wire.Column column : table.getColumnsList()) {
      try {
        columns.add(
            new Column(
                column.getName(),
                fromWire(column.getType(), 0),
                column.getModifier(),
                column.getNumber()));
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "column '" + column.getName() + "': " + e.getMessage(), e);
      }
    }
    int[] key = table.getKeyList().stream().mapToInt(Integer::intValue).toArray();
    return new TableSchema(table.getOid(), name, identity(table.getIdentity()), columns, key);
  }

  private static ReplicaIdentity identity(String letter) {
    if (letter.length() != 1) {
      throw new IllegalArgumentException(
          "replica identity '" + letter + "'; expected one of d, n, f and i");
    }
    return ReplicaIdentity.of(letter.charAt(0));
  }

  private static Type toWire(PgType type) {
    Type.Builder wire =
        Type.newBuilder()
            .setOid(type.oid())
            .setName(type.name())
            .setKind(toWire(type.kind()))
            .setText(!type.binary());
    if (type.inner() != null) {
      wire.setInner(toWire(type.inner()));
    }
    type.fields().forEach(field -> wire.addFields(toWire(field)));
    if (type.oid() == PgType.MONEY) {
      wire.setScale(type.scale());
    }
    return wire.build();
  }

  private static PgType fromWire(Type type, int nesting) {
    if (nesting > MAX_NESTING) {
      throw new IllegalArgumentException("a type nested deeper than " + MAX_NESTING);
    }
    PgType inner = type.hasInner() ? fromWire(type.getInner(), nesting + 1) : null;
    List<PgType> fields = new ArrayList<>(type.getFieldsCount());
    for (Type field : type.getFieldsList()) {
      fields.add(fromWire(field, nesting + 1));
    }
    int usual = type.getOid() == PgType.MONEY ? PgType.USUAL_SCALE : 0;
    return new PgType(
        type.getOid(),
        type.getName(),
        kind(type),
        inner,
        fields,
        type.hasScale() ? type.getScale() : usual,
        !type.getText());
  }

  private static Type.Kind toWire(PgType.Kind kind) {
    return switch (kind) {
      case BASE -> Type.Kind.BASE;
      case ARRAY -> Type.Kind.ARRAY;
      case DOMAIN -> Type.Kind.DOMAIN;
      case ENUM -> Type.Kind.ENUM;
      case COMPOSITE -> Type.Kind.COMPOSITE;
      case RANGE -> Type.Kind.RANGE;
      case MULTIRANGE -> Type.Kind.MULTIRANGE;
      case UNKNOWN -> Type.Kind.UNKNOWN;
    };
  }

  private static PgType.Kind kind(Type type) {
    return switch (type.getKind()) {
      case BASE -> PgType.Kind.BASE;
      case ARRAY -> PgType.Kind.ARRAY;
      case DOMAIN -> PgType.Kind.DOMAIN;
      case ENUM -> PgType.Kind.ENUM;
      case COMPOSITE -> PgType.Kind.COMPOSITE;
      case RANGE -> PgType.Kind.RANGE;
      case MULTIRANGE -> PgType.Kind.MULTIRANGE;
      case UNKNOWN -> PgType.Kind.UNKNOWN;
      case UNRECOGNIZED ->
          throw new IllegalArgumentException(
              "type %s is of an unknown kind %d".formatted(type.getName(), type.getKindValue()));
    };
  }
}
