package io.tidemark.postgres;

import java.io.Serializable;
import java.util.Objects;

/**
 * A published column.
 *
 * @param name its name, unquoted
 * @param type its type
 * @param typeModifier {@code pg_attribute.atttypmod}, -1 if none
 * @param number {@code pg_attribute.attnum}, which the column keeps over any rename and no other
 *     column of the table ever has; 0 if it is not known
 */
public record Column(String name, PgType type, int typeModifier, int number)
    implements Serializable {
  public Column {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(type, "type");
    if (number < 0 || number > Short.MAX_VALUE) {
      throw new IllegalArgumentException("column " + name + " with the number " + number);
    }
  }

  /** A column of which the number is not known. */
  public Column(String name, PgType type, int typeModifier) {
    this(name, type, typeModifier, 0);
  }

  /** Whether this and {@code other} are the same column: by number, else by name. */
  public boolean isSame(Column other) {
    boolean known = number != 0 && other.number != 0;
    return known ? number == other.number : name.equals(other.name);
  }

  /** Whether values of the one are read as values of the other: type and modifier are equal. */
  public boolean hasTypeOf(Column other) {
    return typeModifier == other.typeModifier && type.equals(other.type);
  }

  /** Whether they are equal but for a number that one of them does not know. */
  public boolean matches(Column other) {
    return isSame(other) && name.equals(other.name) && hasTypeOf(other);
  }
}
