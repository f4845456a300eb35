package io.tidemark.postgres.ddl;

import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A table as it is after a statement.
 *
 * @param oid {@code pg_class.oid}
 * @param schemaOid of its schema
 * @param name its name
 * @param kind {@code pg_class.relkind}: {@code r}, or {@code p} if it is partitioned
 * @param unlogged whether it is unlogged, so that no row of it is in the stream
 * @param owner the role that owns it
 * @param fileNode of the file that its rows are in; 0 if it has none, as a partitioned table
 * @param parents oids of what it inherits from, or is a partition of
 * @param root the oid of the topmost partitioned table; 0 if it is no partition
 * @param bound the bound of a partition, as SQL; null if it is none
 * @param partitionKey how its rows are spread over partitions, as SQL; null if they are not
 * @param primaryKey numbers of the primary key's columns, none if it is deferrable
 * @param identity its replica identity
 * @param identityKey numbers of the columns of the index of REPLICA IDENTITY USING INDEX
 * @param columns its columns in the order of their numbers, without those that were dropped
 */
public record TableStructure(
    int oid,
    int schemaOid,
    TableName name,
    char kind,
    boolean unlogged,
    String owner,
    long fileNode,
    List<Integer> parents,
    int root,
    String bound,
    String partitionKey,
    List<Integer> primaryKey,
    ReplicaIdentity identity,
    List<Integer> identityKey,
    List<ColumnStructure> columns) {
  public TableStructure {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(owner, "owner");
    Objects.requireNonNull(identity, "identity");
    parents = List.copyOf(parents);
    primaryKey = List.copyOf(primaryKey);
    identityKey = List.copyOf(identityKey);
    columns = List.copyOf(columns);
  }

  /** Whether it has partitions in place of rows of its own. */
  public boolean isPartitioned() {
    return kind == 'p';
  }

  /** The column of this number, unless there is none or it was dropped. */
  public Optional<ColumnStructure> column(int number) {
    return columns.stream().filter(column -> column.number() == number).findAny();
  }

  /** The column of this name. */
  public Optional<ColumnStructure> column(String column) {
    return columns.stream().filter(each -> each.name().equals(column)).findAny();
  }
}
