package io.tidemark.postgres.stream;

import io.tidemark.postgres.Column;
import io.tidemark.postgres.PgType;
import io.tidemark.postgres.SnapshotXids;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.postgres.catalog.KeyRule;
import io.tidemark.postgres.connection.Endpoint;
import io.tidemark.postgres.pgoutput.PgOutputMessage.Relation;
import io.tidemark.postgres.pgoutput.PgOutputMessage.RelationColumn;
import io.tidemark.postgres.types.TypeCatalog;
import java.io.IOException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Asks the primary's catalog for what a relation message leaves open: types that are not built in,
 * and the key. Under REPLICA IDENTITY FULL the message flags all columns, under USING INDEX those
 * of the index, by default the primary key; and of these only the published ones.
 *
 * <p>It connects when first needed and stays connected. Not thread-safe.
 */
public final class CatalogSchemaResolver implements SchemaResolver {
  private final CatalogConnection catalog;
  private final TypeCatalog types;

  /** The last transaction that was seen. */
  private OptionalInt seen = OptionalInt.empty();

  /** Looks into the primary's catalog; {@code types} is of the same database. */
  public CatalogSchemaResolver(Endpoint primary, TypeCatalog types) {
    this.catalog = new CatalogConnection(primary);
    this.types = types;
  }

  /**
   * Asks for a snapshot: later ones on the same server see at least as much. That it sees this one
   * transaction is enough: whatever else changed the table's columns or keys held a lock on the
   * table until it was visible, so that this transaction came after it.
   */
  @Override
  public boolean sees(int xid) throws SQLException, IOException {
    if (seen.isEmpty() || seen.getAsInt() != xid) {
      SnapshotXids snapshot = snapshot();
      seen = snapshot.sees(xid) ? OptionalInt.of(xid) : OptionalInt.empty();
    }
    return seen.isPresent();
  }

  private SnapshotXids snapshot() throws SQLException, IOException {
    try (Statement statement = catalog.get().createStatement();
        ResultSet row =
            statement.executeQuery("SELECT pg_catalog.pg_current_snapshot()::pg_catalog.text")) {
      row.next();
      return SnapshotXids.parse(row.getString(1));
    }
  }

  @Override
  public TableSchema resolve(Relation relation) throws SQLException, IOException {
    Map<Integer, PgType> columnTypes = types(relation);
    List<Column> columns =
        relation.columns().stream()
            .map(c -> new Column(c.name(), columnTypes.get(c.typeOid()), c.typeModifier()))
            .toList();
    return new TableSchema(
        relation.oid(),
        new TableName(relation.namespace(), relation.name()),
        relation.identity(),
        columns,
        key(relation, columns));
  }

  private Map<Integer, PgType> types(Relation relation) throws SQLException, IOException {
    Set<Integer> oids =
        relation.columns().stream().map(RelationColumn::typeOid).collect(Collectors.toSet());
    boolean known = oids.stream().allMatch(oid -> types.known(oid) != null);
    return types.resolve(known ? null : catalog.get(), oids);
  }

  /**
   * By {@link KeyRule}, as the dump has it. The message is of its place in the stream, the catalog
   * of now; so where the message says which columns identify a row, it is believed, and the catalog
   * only tells whether these are all, or a column list has left some out.
   */
  private int[] key(Relation relation, List<Column> columns) throws SQLException, IOException {
    if (relation.identity() == ReplicaIdentity.NOTHING) {
      return new int[0];
    }
    KeyRule.Indexes now = KeyRule.indexes(catalog.get(), relation.oid());
    if (relation.identity() == ReplicaIdentity.FULL) {
      return KeyRule.key(ReplicaIdentity.FULL, columns, now);
    }
    Set<String> flagged =
        relation.columns().stream()
            .filter(RelationColumn::identity)
            .map(RelationColumn::name)
            .collect(Collectors.toSet());
    Set<String> others = columns.stream().map(Column::name).collect(Collectors.toSet());
    others.removeAll(flagged);
    if (relation.identity() == ReplicaIdentity.DEFAULT) {
      Set<String> primaryKey = whole(flagged, others, now.primaryKey());
      return KeyRule.key(
          ReplicaIdentity.DEFAULT, columns, new KeyRule.Indexes(primaryKey, Set.of()));
    }
    Set<String> identity = whole(flagged, others, now.identity());
    return KeyRule.key(
        ReplicaIdentity.INDEX, columns, new KeyRule.Indexes(now.primaryKey(), identity));
  }

  /**
   * What is flagged, unless it is a part of what the catalog has, and the rest is not published.
   *
   * @param others what is published and not flagged: if the catalog has such a column, its index is
   *     another one than the table had at this place of the stream
   */
  private static Set<String> whole(Set<String> flagged, Set<String> others, Set<String> now) {
    boolean same = now.containsAll(flagged) && Collections.disjoint(now, others);
    return !flagged.isEmpty() && same ? now : flagged;
  }

  /** Ends the connection, if there is one. */
  @Override
  public void close() {
    catalog.close();
  }
}
