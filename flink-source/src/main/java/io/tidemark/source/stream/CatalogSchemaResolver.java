package io.tidemark.source.stream;

import io.tidemark.dump.postgres.Column;
import io.tidemark.dump.postgres.Endpoint;
import io.tidemark.dump.postgres.PgType;
import io.tidemark.dump.postgres.TableName;
import io.tidemark.dump.postgres.TableSchema;
import io.tidemark.dump.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.dump.types.TypeCatalog;
import io.tidemark.source.pgoutput.PgOutputMessage.Relation;
import io.tidemark.source.pgoutput.PgOutputMessage.RelationColumn;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Asks the primary's catalog for what a relation message leaves open: types that are not built in,
 * and the primary key where the message does not show it. Under REPLICA IDENTITY FULL it flags all
 * columns, under USING INDEX those of the index; by default it flags the primary key.
 *
 * <p>It connects when first needed and stays connected. Not thread-safe.
 */
public final class CatalogSchemaResolver implements SchemaResolver, AutoCloseable {
  private static final int VALIDITY_SECONDS = 5;

  /** By oid: no statement names a user's table. */
  private static final String PRIMARY_KEY =
      """
      SELECT a.attname
        FROM pg_catalog.pg_index i
        JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid
             AND a.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1])
       WHERE i.indisprimary AND i.indrelid = ?::text::oid
      """;

  private final Endpoint primary;
  private final TypeCatalog types;
  private Connection connection;

  /** Looks into the primary's catalog; {@code types} is of the same database. */
  public CatalogSchemaResolver(Endpoint primary, TypeCatalog types) {
    this.primary = primary;
    this.types = types;
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
        key(relation));
  }

  private Map<Integer, PgType> types(Relation relation) throws SQLException, IOException {
    Set<Integer> oids =
        relation.columns().stream().map(RelationColumn::typeOid).collect(Collectors.toSet());
    boolean known = oids.stream().allMatch(oid -> types.known(oid) != null);
    return types.resolve(known ? null : connection(), oids);
  }

  /** The primary key if the identity holds it, else the identity; nothing under FULL or NOTHING. */
  private int[] key(Relation relation) throws SQLException, IOException {
    Set<String> identity = new HashSet<>();
    for (RelationColumn column : relation.columns()) {
      if (column.identity()) {
        identity.add(column.name());
      }
    }
    Set<String> key =
        switch (relation.identity()) {
          case DEFAULT -> identity;
          case NOTHING -> Set.of();
          case FULL, INDEX -> {
            Set<String> primaryKey = primaryKey(relation.oid());
            if (!primaryKey.isEmpty() && identity.containsAll(primaryKey)) {
              yield primaryKey;
            }
            yield relation.identity() == ReplicaIdentity.FULL ? Set.<String>of() : identity;
          }
        };
    List<RelationColumn> columns = relation.columns();
    return IntStream.range(0, columns.size())
        .filter(i -> key.contains(columns.get(i).name()))
        .toArray();
  }

  private Set<String> primaryKey(int oid) throws SQLException, IOException {
    Set<String> names = new HashSet<>();
    try (PreparedStatement statement = connection().prepareStatement(PRIMARY_KEY)) {
      statement.setString(1, Integer.toUnsignedString(oid));
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          names.add(rows.getString(1));
        }
      }
    }
    return names;
  }

  private Connection connection() throws SQLException, IOException {
    if (connection != null && !connection.isValid(VALIDITY_SECONDS)) {
      close();
    }
    if (connection == null) {
      connection = primary.connect();
    }
    return connection;
  }

  /** Ends the connection, if there is one. */
  @Override
  public void close() throws SQLException {
    if (connection != null) {
      connection.close();
      connection = null;
    }
  }
}
