package io.tidemark.postgres.stream;

import io.tidemark.postgres.Column;
import io.tidemark.postgres.Lsn;
import io.tidemark.postgres.PgType;
import io.tidemark.postgres.SnapshotXids;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.postgres.catalog.KeyRule;
import io.tidemark.postgres.connection.Endpoint;
import io.tidemark.postgres.ddl.ColumnStructure;
import io.tidemark.postgres.ddl.TableStructure;
import io.tidemark.postgres.pgoutput.PgOutputMessage.Relation;
import io.tidemark.postgres.pgoutput.PgOutputMessage.RelationColumn;
import io.tidemark.postgres.types.TypeCatalog;
import java.io.IOException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Asks the primary's catalog for what a relation message leaves open: types that are not built in,
 * numbers of columns, and the key. Under REPLICA IDENTITY FULL the message flags all columns, under
 * USING INDEX those of the index, by default the primary key; and of these only the published ones.
 *
 * <p>It connects when first needed and stays connected. Not thread-safe.
 */
public final class CatalogSchemaResolver implements SchemaResolver {
  /** Whether the extension is there, and the role may read the key of its signatures. */
  private static final String SIGNING_KEY =
      """
      SELECT pg_catalog.has_schema_privilege(n.oid, 'USAGE')
             AND pg_catalog.has_table_privilege(c.oid, 'SELECT') AND c.relispopulated
        FROM pg_catalog.pg_class c
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       WHERE n.nspname = 'tidemark' AND c.relname = 'signing_key' AND c.relkind = 'm'
      """;

  /** A trigger's row is written anew by each ALTER EVENT TRIGGER. */
  private static final String TELLING =
      """
      SELECT pg_catalog.pg_current_wal_insert_lsn()::pg_catalog.text,
             (SELECT pg_catalog.string_agg(
                       pg_catalog.concat_ws(' ', e.oid, e.xmin, e.evtenabled), ',' ORDER BY e.oid)
                FROM pg_catalog.pg_event_trigger e
                JOIN pg_catalog.pg_proc p ON p.oid = e.evtfoid
                JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
               WHERE n.nspname = 'tidemark')
      """;

  private final CatalogConnection catalog;
  private final String publication;
  private final TypeCatalog types;

  /** The last transaction that was seen. */
  private OptionalInt seen = OptionalInt.empty();

  /**
   * Looks into the primary's catalog.
   *
   * @param publication that is streamed
   * @param types of the same database
   */
  public CatalogSchemaResolver(Endpoint primary, String publication, TypeCatalog types) {
    this.catalog = new CatalogConnection(primary);
    this.publication = publication;
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
    Set<Integer> oids =
        relation.columns().stream().map(RelationColumn::typeOid).collect(Collectors.toSet());
    Map<Integer, PgType> columnTypes = types(oids);
    int[] numbers = PublishedColumns.numbers(catalog.get(), relation);
    List<Column> columns = new ArrayList<>();
    for (RelationColumn column : relation.columns()) {
      PgType type = columnTypes.get(column.typeOid());
      int number = numbers[columns.size()];
      columns.add(new Column(column.name(), type, column.typeModifier(), number));
    }
    return new TableSchema(
        relation.oid(),
        new TableName(relation.namespace(), relation.name()),
        relation.identity(),
        columns,
        key(relation, columns));
  }

  @Override
  public List<TableSchema> resolve(List<TableStructure> tables) throws SQLException, IOException {
    if (tables.isEmpty()) {
      return List.of();
    }
    Set<Integer> oids =
        tables.stream()
            .flatMap(table -> table.columns().stream())
            .map(ColumnStructure::typeOid)
            .collect(Collectors.toSet());
    Map<Integer, PgType> columnTypes = types(oids);
    PublishedColumns published = PublishedColumns.of(catalog.get(), publication, tables);
    return tables.stream().map(table -> schema(table, published.of(table), columnTypes)).toList();
  }

  /** Its key is as the statement left it, in place of that of now. */
  private static TableSchema schema(
      TableStructure table, List<ColumnStructure> published, Map<Integer, PgType> types) {
    List<Column> columns =
        published.stream()
            .map(
                each ->
                    new Column(
                        each.name(), types.get(each.typeOid()), each.modifier(), each.number()))
            .toList();
    KeyRule.Indexes indexes =
        new KeyRule.Indexes(names(table, table.primaryKey()), names(table, table.identityKey()));
    return new TableSchema(
        table.oid(),
        table.name(),
        table.identity(),
        columns,
        KeyRule.key(table.identity(), columns, indexes));
  }

  private static Set<String> names(TableStructure table, List<Integer> numbers) {
    return numbers.stream()
        .map(table::column)
        .flatMap(Optional::stream)
        .map(ColumnStructure::name)
        .collect(Collectors.toSet());
  }

  @Override
  public byte[] signingKey() throws SQLException, IOException {
    try (Statement statement = catalog.get().createStatement();
        ResultSet found = statement.executeQuery(SIGNING_KEY)) {
      if (!found.next() || !found.getBoolean(1)) {
        return null;
      }
    }
    try (Statement statement = catalog.get().createStatement();
        ResultSet row = statement.executeQuery("SELECT key FROM tidemark.signing_key")) {
      return row.next() ? row.getBytes(1) : null;
    }
  }

  @Override
  public Telling telling() throws SQLException, IOException {
    try (Statement statement = catalog.get().createStatement();
        ResultSet row = statement.executeQuery(TELLING)) {
      row.next();
      return new Telling(Lsn.parse(row.getString(1)).value(), row.getString(2));
    }
  }

  private Map<Integer, PgType> types(Set<Integer> oids) throws SQLException, IOException {
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
