package io.tidemark.postgres.ddl;

import java.util.Objects;

/**
 * One thing that a statement made or changed: a row of {@code pg_event_trigger_ddl_commands()}.
 *
 * @param tag what was done: {@code ALTER TABLE}
 * @param type the object's type, as PostgreSQL names it: {@code table}, {@code publication
 *     relation}
 * @param schema the schema that it is in; null if it is in none, or if that is not told
 * @param identity its name as SQL, qualified; null if it has none, as for GRANT
 * @param oid of the object in its catalog; 0 if that is not told
 */
public record DdlCommand(String tag, String type, String schema, String identity, int oid) {
  public DdlCommand {
    Objects.requireNonNull(tag, "tag");
    Objects.requireNonNull(type, "type");
  }
}
