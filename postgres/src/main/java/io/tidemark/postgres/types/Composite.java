package io.tidemark.postgres.types;

import io.tidemark.postgres.PgType;
import java.util.List;

/**
 * A value of a composite type, or of a table's row type. The binary form has the fields' types, but
 * not their names.
 *
 * @param fields its fields in order, without dropped ones
 */
public record Composite(List<Field> fields) {
  public Composite {
    fields = List.copyOf(fields);
  }

  /**
   * A field.
   *
   * @param type its type
   * @param value its value, as a column of the type has it; null if it is null
   */
  public record Field(PgType type, Object value) {}
}
