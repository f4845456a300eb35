package io.tidemark.postgres.types;

import io.tidemark.postgres.Lsn;
import io.tidemark.postgres.PgType;
import io.tidemark.postgres.Tuple;
import java.math.BigInteger;
import java.util.Locale;
import java.util.UUID;

/**
 * Decodes values; the package comment says into what. All methods that decode throw {@link
 * MalformedValueException} for bytes that are no value of the type; they take memory in proportion
 * to the bytes.
 */
public final class Values {
  private Values() {}

  /**
   * A column's value, or null if it is null or unchanged TOAST: see {@link Tuple#isUnchanged}.
   *
   * @param type the column's type
   */
  public static Object decode(Tuple tuple, int column, PgType type) {
    int length = tuple.valueLength(column);
    if (length < 0) {
      return null;
    }
    int start = tuple.valueOffset(column);
    return tuple.isText(column, type)
        ? reader(tuple, column, type).restAsText()
        : decode(tuple.array(), start, length, type);
  }

  /** A value in its binary form. */
  public static Object decode(byte[] bytes, int offset, int length, PgType type) {
    PgType underlying = type.underlying();
    ValueReader in = new ValueReader(bytes, offset, length, underlying);
    return switch (underlying.kind()) {
      case BASE -> base(in);
      case ENUM -> in.restAsText();
      case ARRAY -> Containers.array(in);
      case COMPOSITE -> Containers.composite(in);
      case RANGE -> Containers.range(in);
      case MULTIRANGE -> Containers.multirange(in);
      case UNKNOWN, DOMAIN -> in.rest();
    };
  }

  /**
   * The value of a smallint, integer, bigint, oid or xid column, or of a domain over one, without
   * an object for it.
   *
   * @throws IllegalArgumentException if the type is none of these
   * @throws IllegalStateException if the column has no value
   */
  public static long int64(Tuple tuple, int column, PgType type) {
    ValueReader in = scalar(tuple, column, type);
    return switch (in.type().oid()) {
      case Oids.INT8 -> in.expectLength(8).int64();
      case Oids.INT4 -> in.expectLength(4).int32();
      case Oids.INT2 -> in.expectLength(2).int16();
      case Oids.OID, Oids.XID, Oids.CID -> in.expectLength(4).int32() & 0xFFFF_FFFFL;
      default -> throw notA("an integer", type);
    };
  }

  /**
   * The value of a real or double precision column, or of a domain over one, without an object for
   * it.
   *
   * @throws IllegalArgumentException if the type is none of these
   * @throws IllegalStateException if the column has no value
   */
  public static double float64(Tuple tuple, int column, PgType type) {
    ValueReader in = scalar(tuple, column, type);
    return switch (in.type().oid()) {
      case Oids.FLOAT8 -> in.expectLength(8).float64();
      case Oids.FLOAT4 -> Float.intBitsToFloat(in.expectLength(4).int32());
      default -> throw notA("a floating-point number", type);
    };
  }

  /**
   * The value of a boolean column, or of a domain over it.
   *
   * @throws IllegalArgumentException if the type is another
   * @throws IllegalStateException if the column has no value
   */
  public static boolean bool(Tuple tuple, int column, PgType type) {
    ValueReader in = scalar(tuple, column, type);
    if (in.type().oid() != Oids.BOOL) {
      throw notA("a boolean", type);
    }
    return bool(in);
  }

  private static Object base(ValueReader in) {
    return switch (in.type().oid()) {
      case Oids.TEXT, Oids.VARCHAR, Oids.BPCHAR, Oids.NAME, Oids.JSON, Oids.XML, Oids.REFCURSOR ->
          in.restAsText();
      case Oids.INT8 -> in.expectLength(8).int64();
      case Oids.INT4 -> in.expectLength(4).int32();
      case Oids.INT2 -> in.expectLength(2).int16();
      case Oids.BOOL -> bool(in);
      case Oids.NUMERIC -> Numbers.numeric(in);
      case Oids.TIMESTAMPTZ -> Times.timestamptz(in);
      case Oids.TIMESTAMP -> Times.timestamp(in);
      case Oids.DATE -> Times.date(in);
      case Oids.UUID -> new UUID(in.expectLength(16).int64(), in.int64());
      case Oids.JSONB, Oids.JSONPATH -> versioned(in);
      case Oids.FLOAT8 -> in.expectLength(8).float64();
      case Oids.FLOAT4 -> Float.intBitsToFloat(in.expectLength(4).int32());
      case Oids.BYTEA -> in.rest();
      case Oids.TIME -> Times.time(in.expectLength(8));
      case Oids.TIMETZ -> Times.timetz(in);
      case Oids.INTERVAL -> Times.interval(in);
      case Oids.MONEY -> Numbers.money(in);
      case Oids.XID8 -> new BigInteger(1, in.expectLength(8).rest());
      case Oids.PG_LSN -> new Lsn(in.expectLength(8).int64());
      default -> rarer(in);
    };
  }

  private static Object rarer(ValueReader in) {
    return switch (in.type().oid()) {
      case Oids.OID, Oids.XID, Oids.CID -> in.expectLength(4).int32() & 0xFFFF_FFFFL;
      case Oids.REGPROC, Oids.REGPROCEDURE, Oids.REGOPER, Oids.REGOPERATOR, Oids.REGCLASS ->
          in.expectLength(4).int32() & 0xFFFF_FFFFL;
      case Oids.REGTYPE, Oids.REGCONFIG, Oids.REGDICTIONARY, Oids.REGNAMESPACE, Oids.REGROLE ->
          in.expectLength(4).int32() & 0xFFFF_FFFFL;
      case Oids.REGCOLLATION -> in.expectLength(4).int32() & 0xFFFF_FFFFL;
      case Oids.CHAR -> TextForms.oneByte(in);
      case Oids.INET, Oids.CIDR -> TextForms.inet(in);
      case Oids.MACADDR -> TextForms.macaddr(in.expectLength(6));
      case Oids.MACADDR8 -> TextForms.macaddr(in.expectLength(8));
      case Oids.BIT, Oids.VARBIT -> TextForms.bits(in);
      case Oids.TID -> TextForms.tid(in);
      case Oids.TSVECTOR -> TextForms.tsvector(in);
      case Oids.TSQUERY -> TextQuery.decode(in);
      case Oids.TXID_SNAPSHOT, Oids.PG_SNAPSHOT -> TextForms.snapshot(in);
      case Oids.POINT, Oids.LSEG, Oids.PATH, Oids.BOX, Oids.POLYGON, Oids.LINE, Oids.CIRCLE ->
          Geometry.decode(in);
      default -> extension(in);
    };
  }

  /** Types of extensions have an oid of their own in every database, so they go by name. */
  private static Object extension(ValueReader in) {
    String name = in.type().name();
    return switch (name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT)) {
      case "citext" -> in.restAsText();
      case "ltree", "lquery", "ltxtquery" -> versioned(in);
      case "hstore" -> Containers.hstore(in);
      default -> in.rest();
    };
  }

  private static boolean bool(ValueReader in) {
    int value = in.expectLength(1).int8();
    if (value != 0 && value != 1) {
      throw in.malformed("it is neither true nor false");
    }
    return value == 1;
  }

  /** A text after a version, which has been 1 for ever. */
  private static String versioned(ValueReader in) {
    if (in.uint8() != 1) {
      throw in.malformed("it has an unknown version");
    }
    return in.restAsText();
  }

  private static ValueReader scalar(Tuple tuple, int column, PgType type) {
    if (tuple.valueLength(column) < 0) {
      throw new IllegalStateException("column " + (column + 1) + " is null or was not sent");
    }
    if (tuple.isText(column, type)) {
      throw new IllegalArgumentException("a value of type " + type.name() + " was sent as text");
    }
    return reader(tuple, column, type.underlying());
  }

  private static ValueReader reader(Tuple tuple, int column, PgType type) {
    return new ValueReader(
        tuple.array(), tuple.valueOffset(column), tuple.valueLength(column), type);
  }

  private static IllegalArgumentException notA(String what, PgType type) {
    return new IllegalArgumentException("type " + type.name() + " is not " + what);
  }
}
