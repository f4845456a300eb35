package io.tidemark.postgres;

import java.io.Serializable;
import java.util.Objects;

/**
 * A table's schema and name, unquoted, exactly as in {@code pg_namespace} and {@code pg_class}.
 *
 * @param schema the schema's name
 * @param name the table's name
 */
public record TableName(String schema, String name) implements Comparable<TableName>, Serializable {
  public TableName {
    Objects.requireNonNull(schema, "schema");
    Objects.requireNonNull(name, "name");
  }

  /** The name as SQL, both parts quoted: {@code "public"."orders"}. */
  public String quoted() {
    return Sql.identifier(schema) + "." + Sql.identifier(name);
  }

  @Override
  public int compareTo(TableName other) {
    int bySchema = schema.compareTo(other.schema);
    return bySchema != 0 ? bySchema : name.compareTo(other.name);
  }

  /** For people: {@code public.orders}. Never for SQL. */
  @Override
  public String toString() {
    return schema + "." + name;
  }
}
