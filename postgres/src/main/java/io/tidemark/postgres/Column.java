package io.tidemark.postgres;

import java.io.Serializable;
import java.util.Objects;

/**
 * A published column.
 *
 * @param name its name, unquoted
 * @param type its type
 * @param typeModifier {@code pg_attribute.atttypmod}, -1 if none
 */
public record Column(String name, PgType type, int typeModifier) implements Serializable {
  public Column {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(type, "type");
  }
}
