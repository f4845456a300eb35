package io.tidemark.postgres.types;

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
   * @param typeOid the oid of its type
   * @param value its value; null if it is null. A field whose type is not built in (an enum, a
   *     domain, another composite) is a byte[], its binary form
   */
  public record Field(int typeOid, Object value) {}
}
