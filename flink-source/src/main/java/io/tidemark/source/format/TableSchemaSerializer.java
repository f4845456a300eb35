package io.tidemark.source.format;

import io.tidemark.postgres.Column;
import io.tidemark.postgres.PgType;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInput;
import java.io.DataInputStream;
import java.io.DataOutput;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes and reads a {@link TableSchema}. The format, spelled out in {@code
 * TableSchemaSerializerTest}, with lengths and counts as in {@link Fields}:
 *
 * <pre>
 * version   byte, 3
 * oid       int
 * name      schema and table, strings
 * identity  byte, PostgreSQL's letter
 * columns   count, then each: name (string), type modifier (int), number (short), type
 * key       count, then the ordinals (int each)
 *
 * type      oid (int), name (string), kind (byte, from 0: base, array, domain, enum, composite, range,
 *           multirange, unknown),
 *           binary (byte, 0 or 1), whether it has an inner type (byte, 0 or 1), inner type;
 *           of a composite type the count of its fields' types and these; of money its scale (byte)
 * </pre>
 *
 * <p>Version 1 had neither fields nor scales, and neither 1 nor 2 numbers of columns. Others are
 * refused.
 */
public final class TableSchemaSerializer {
  private static final int VERSION = 3;
  private static final int MAX_COLUMNS = 1600;
  private static final int MAX_NESTING = 64;

  /** In the order of their codes. */
  private static final List<PgType.Kind> KINDS =
      List.of(
          PgType.Kind.BASE,
          PgType.Kind.ARRAY,
          PgType.Kind.DOMAIN,
          PgType.Kind.ENUM,
          PgType.Kind.COMPOSITE,
          PgType.Kind.RANGE,
          PgType.Kind.MULTIRANGE,
          PgType.Kind.UNKNOWN);

  private TableSchemaSerializer() {}

  /** The schema's bytes. Equal schemas have equal bytes. */
  public static byte[] toBytes(TableSchema schema) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      write(schema, new DataOutputStream(bytes));
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    return bytes.toByteArray();
  }

  /**
   * The schema that has these bytes.
   *
   * @throws IOException if they are not those of exactly one schema
   */
  public static TableSchema fromBytes(byte[] bytes) throws IOException {
    ByteArrayInputStream in = new ByteArrayInputStream(bytes);
    TableSchema schema = read(new DataInputStream(in));
    if (in.available() > 0) {
      throw new IOException(in.available() + " bytes after the schema of " + schema.name());
    }
    return schema;
  }

  /** Writes the schema. */
  public static void write(TableSchema schema, DataOutput out) throws IOException {
    out.writeByte(VERSION);
    out.writeInt(schema.oid());
    Fields.writeTable(schema.name(), out);
    out.writeByte(schema.identity().code());
    out.writeInt(schema.columns().size());
    for (Column column : schema.columns()) {
      Fields.writeString(column.name(), out);
      out.writeInt(column.typeModifier());
      out.writeShort(column.number());
      writeType(column.type(), out);
    }
    out.writeInt(schema.keySize());
    for (int i = 0; i < schema.keySize(); i++) {
      out.writeInt(schema.keyColumn(i));
    }
  }

  /**
   * Reads a schema.
   *
   * @throws IOException if what comes is none, or of a version that this does not know
   */
  public static TableSchema read(DataInput in) throws IOException {
    int version = in.readUnsignedByte();
    if (version < 1 || version > VERSION) {
      throw new IOException("a schema of version " + version + "; known are 1 to " + VERSION);
    }
    try {
      return read(in, version);
    } catch (IllegalArgumentException e) {
      throw new IOException("a schema that cannot be: " + e.getMessage(), e);
    }
  }

  private static TableSchema read(DataInput in, int version) throws IOException {
    int oid = in.readInt();
    TableName name = Fields.readTable(in);
    ReplicaIdentity identity = ReplicaIdentity.of((char) in.readUnsignedByte());
    int count = Fields.readCount(in, MAX_COLUMNS);
    List<Column> columns = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      String column = Fields.readString(in);
      int modifier = in.readInt();
      int number = version < 3 ? 0 : in.readShort();
      columns.add(new Column(column, readType(in, version, 0), modifier, number));
    }
    int[] key = new int[Fields.readCount(in, count)];
    for (int i = 0; i < key.length; i++) {
      key[i] = in.readInt();
    }
    return new TableSchema(oid, name, identity, columns, key);
  }

  private static void writeType(PgType type, DataOutput out) throws IOException {
    out.writeInt(type.oid());
    Fields.writeString(type.name(), out);
    out.writeByte(KINDS.indexOf(type.kind()));
    out.writeBoolean(type.binary());
    out.writeBoolean(type.inner() != null);
    if (type.inner() != null) {
      writeType(type.inner(), out);
    }
    if (type.kind() == PgType.Kind.COMPOSITE) {
      out.writeInt(type.fields().size());
      for (PgType field : type.fields()) {
        writeType(field, out);
      }
    } else if (type.oid() == PgType.MONEY) {
      out.writeByte(type.scale());
    }
  }

  private static PgType readType(DataInput in, int version, int nesting) throws IOException {
    if (nesting > MAX_NESTING) {
      throw new IOException("a type nested deeper than " + MAX_NESTING);
    }
    int oid = in.readInt();
    String name = Fields.readString(in);
    PgType.Kind kind = KINDS.get(Fields.readOneOf(in, KINDS.size(), "kind of type"));
    boolean binary = Fields.readFlag(in);
    PgType inner = Fields.readFlag(in) ? readType(in, version, nesting + 1) : null;
    if (version == 1) {
      return new PgType(oid, name, kind, inner, binary);
    }
    List<PgType> fields = new ArrayList<>();
    int scale = 0;
    if (kind == PgType.Kind.COMPOSITE) {
      int count = Fields.readCount(in, MAX_COLUMNS);
      for (int i = 0; i < count; i++) {
        fields.add(readType(in, version, nesting + 1));
      }
    } else if (oid == PgType.MONEY) {
      scale = in.readUnsignedByte();
    }
    return new PgType(oid, name, kind, inner, fields, scale, binary);
  }
}
