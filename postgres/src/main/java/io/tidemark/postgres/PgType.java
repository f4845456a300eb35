package io.tidemark.postgres;

import java.io.Serializable;
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
 * @param binary whether it has a binary output function, all the way down; if not, values are
 *     PostgreSQL's text
 */
public record PgType(int oid, String name, Kind kind, PgType inner, boolean binary)
    implements Serializable {
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
  }

  /** A base type without structure. */
  public static PgType base(int oid, String name) {
    return new PgType(oid, name, Kind.BASE, null, true);
  }

  /** Equal whatever the name: a type that was renamed has the same values. */
  @Override
  public boolean equals(Object o) {
    return this == o
        || (o instanceof PgType other
            && oid == other.oid
            && kind == other.kind
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
