package io.tidemark.postgres;

import java.io.Serializable;
import java.util.List;
import java.util.Objects;

/**
 * A column's type as far as decoding needs it, resolved once and carried with the rows, so that
 * rows decode without a catalog.
 *
 * @param oid the type's oid
 * @param name its name for people, as {@code format_type} gives it
 * @param kind what it is made of
 * @param inner the element type of an array, the base type of a domain, the subtype of a range or
 *     multirange; null for all others
 * @param fields types of a composite type's fields, in any order: values name them by oid, so that
 *     those which are built in need not be here; empty for all others
 * @param scale how many fractional digits money has in its database; 0 for all others
 * @param binary whether it has a binary output function, all the way down; if not, values are
 *     PostgreSQL's text
 */
public record PgType(
    int oid, String name, Kind kind, PgType inner, List<PgType> fields, int scale, boolean binary)
    implements Serializable {
  /** The oid of money. */
  public static final int MONEY = 790;

  /** What money has where {@code lc_monetary} says nothing, as C does. */
  public static final int USUAL_SCALE = 2;

  /** No currency of the world has more. PostgreSQL takes no more for sensible, either. */
  public static final int MAX_SCALE = 10;

  /** What a type is made of ({@code pg_type.typtype}, with arrays apart). */
  public enum Kind {
    BASE,
    ARRAY,
    DOMAIN,
    ENUM,
    COMPOSITE,
    RANGE,
    MULTIRANGE,
    /** Not found in the catalog, for example dropped since. Values stay bytes. */
    UNKNOWN
  }

  public PgType {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(kind, "kind");
    boolean nested =
        kind == Kind.ARRAY || kind == Kind.DOMAIN || kind == Kind.RANGE || kind == Kind.MULTIRANGE;
    if (nested != (inner != null)) {
      throw new IllegalArgumentException(
          "type " + name + " (oid " + oid + ") of kind " + kind + " with inner type " + inner);
    }
    fields = List.copyOf(fields);
    if (!fields.isEmpty() && kind != Kind.COMPOSITE) {
      throw new IllegalArgumentException(
          "type " + name + " (oid " + oid + ") of kind " + kind + " with fields");
    }
    if (scale < 0 || scale > (oid == MONEY ? MAX_SCALE : 0)) {
      throw new IllegalArgumentException("type " + name + " (oid " + oid + ") of scale " + scale);
    }
  }

  /** A type without fields; money has two fractional digits. */
  public PgType(int oid, String name, Kind kind, PgType inner, boolean binary) {
    this(oid, name, kind, inner, List.of(), oid == MONEY ? USUAL_SCALE : 0, binary);
  }

  /** A base type without structure. */
  public static PgType base(int oid, String name) {
    return new PgType(oid, name, Kind.BASE, null, true);
  }

  /** Money of a database. */
  public static PgType money(int scale) {
    return new PgType(MONEY, "money", Kind.BASE, null, List.of(), scale, true);
  }

  /** A composite type. */
  public static PgType composite(int oid, String name, List<PgType> fields, boolean binary) {
    return new PgType(oid, name, Kind.COMPOSITE, null, fields, 0, binary);
  }

  /**
   * Equal whatever the name: a type that was renamed has the same values. And whatever the fields:
   * one that was added or dropped changes the values that are written from then on, and says so in
   * them.
   */
  @Override
  public boolean equals(Object o) {
    return this == o
        || (o instanceof PgType other
            && oid == other.oid
            && kind == other.kind
            && scale == other.scale
            && binary == other.binary
            && Objects.equals(inner, other.inner));
  }

  @Override
  public int hashCode() {
    return 31 * oid + kind.name().hashCode();
  }

  /** The type whose binary form values have: a domain's base, all the way down; else this. */
  public PgType underlying() {
    PgType type = this;
    while (type.kind == Kind.DOMAIN) {
      type = type.inner;
    }
    return type;
  }
}
