package io.tidemark.postgres.ddl;

import java.util.List;
import java.util.Objects;

/**
 * One thing that a statement dropped: a row of {@code pg_event_trigger_dropped_objects()}, without
 * what always goes with another one.
 *
 * @param type the object's type, as PostgreSQL names it: {@code table}, {@code table column}
 * @param schema the schema that it was in; null if in none
 * @param name its name, unquoted; null if names alone do not say which it was
 * @param identity its name as SQL, qualified
 * @param oid of the object; of a column, of its table
 * @param column the number of a column; 0 if it was none
 * @param original whether the statement named it, in place of dropping it as dependent on another
 * @param names what {@code pg_get_object_address} takes as names: of a table in a publication the
 *     table's schema and name
 * @param arguments what that takes as arguments: of a table in a publication the publication
 */
public record DroppedObject(
    String type,
    String schema,
    String name,
    String identity,
    int oid,
    int column,
    boolean original,
    List<String> names,
    List<String> arguments) {
  public DroppedObject {
    Objects.requireNonNull(type, "type");
    Objects.requireNonNull(identity, "identity");
    names = List.copyOf(names);
    arguments = List.copyOf(arguments);
  }
}
