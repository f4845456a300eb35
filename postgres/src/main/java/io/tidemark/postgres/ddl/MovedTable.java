package io.tidemark.postgres.ddl;

import io.tidemark.postgres.TableName;
import java.util.Objects;

/**
 * A table of a schema that has got another name. The statement has no lock on it, so that the rest
 * of it may be changing meanwhile: that is not told.
 *
 * @param oid {@code pg_class.oid}
 * @param name its name, with that of the schema as it is now
 */
public record MovedTable(int oid, TableName name) {
  public MovedTable {
    Objects.requireNonNull(name, "name");
  }

  /**
   * What the table is called, of which a statement before this one may have told another name.
   *
   * @param known its name as told
   */
  public TableName rename(TableName known) {
    return new TableName(name.schema(), known.name());
  }
}
