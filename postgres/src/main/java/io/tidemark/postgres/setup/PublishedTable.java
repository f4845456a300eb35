package io.tidemark.postgres.setup;

import io.tidemark.postgres.TableName;
import java.util.List;

/**
 * A table of a publication.
 *
 * @param columns the published columns, by name
 */
public record PublishedTable(int oid, TableName name, List<PublishedColumn> columns) {
  public PublishedTable {
    columns = List.copyOf(columns);
  }

  /** A published column and its type's oid. */
  public record PublishedColumn(String name, int typeOid) {}
}
