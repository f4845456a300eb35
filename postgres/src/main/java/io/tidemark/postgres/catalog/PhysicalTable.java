package io.tidemark.postgres.catalog;

import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import java.util.Objects;

/**
 * One physical table to dump: an ordinary table, or a leaf of a partitioned one. It is what the
 * plan saw; each chunk compares it with the table before it reads.
 *
 * @param schema how its rows are published, equal to what the stream resolves for them: of the
 *     root, where a leaf is published via its root
 * @param oid the physical table's oid
 * @param physical its name
 * @param fileNode {@code pg_relation_filenode}: another one means that the table was rewritten and
 *     page numbers are void
 * @param shape a hash of the physical table's columns (numbers, names, types), its key and its
 *     partition root: another one means that they were altered, or that it was attached or detached
 * @param rowFilter the publication's row filter as an SQL expression over the table's columns, its
 *     names qualified; null if there is none
 */
public record PhysicalTable(
    TableSchema schema, int oid, TableName physical, long fileNode, long shape, String rowFilter) {
  public PhysicalTable {
    Objects.requireNonNull(schema, "schema");
    Objects.requireNonNull(physical, "physical");
  }

  /** The name that its rows carry. */
  public TableName name() {
    return schema.name();
  }

  /** Whether its rows carry another table's name, that of its root. */
  public boolean isViaRoot() {
    return schema.oid() != oid;
  }

  @Override
  public String toString() {
    return isViaRoot() ? physical + " (of " + name() + ")" : physical.toString();
  }
}
