package io.tidemark.postgres.catalog;

import io.tidemark.postgres.Column;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Which columns are the key of a table's rows: the primary key if all of it is in the replica
 * identity, else the identity's index, else none, which makes the whole row the key. Stream and
 * dump must agree on it, so both ask here.
 *
 * <p>Columns that are not published cannot be part of a key, and half a key is none. Deferrable
 * keys are none either: rows may share one in the middle of a transaction.
 */
public final class KeyRule {
  private static final String QUERY =
      """
      SELECT i.indisprimary, i.indisreplident, a.attname, i.indrelid::int8
        FROM pg_catalog.pg_index i
        CROSS JOIN LATERAL pg_catalog.unnest(i.indkey) WITH ORDINALITY AS k (attnum, place)
        JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
       WHERE i.indrelid = ANY (?::int8[]::oid[]) AND k.place <= i.indnkeyatts
         AND (i.indisprimary OR i.indisreplident)
         AND i.indisvalid AND i.indimmediate
      """;

  private KeyRule() {}

  /**
   * The columns, by name, of the two indexes that matter.
   *
   * @param primaryKey empty if there is none, or it is deferrable
   * @param identity of REPLICA IDENTITY USING INDEX; empty if there is none
   */
  public record Indexes(Set<String> primaryKey, Set<String> identity) {
    public Indexes {
      primaryKey = Set.copyOf(primaryKey);
      identity = Set.copyOf(identity);
    }

    /**
     * The columns of a table's old rows that PostgreSQL sends, by the table's replica identity,
     * which is not FULL; empty if it sends none, and refuses updates and deletes.
     */
    public Set<String> sent(ReplicaIdentity of) {
      return switch (of) {
        case DEFAULT -> primaryKey;
        case INDEX -> identity;
        case NOTHING -> Set.of();
        case FULL -> throw new IllegalArgumentException("under FULL all columns are sent");
      };
    }
  }

  /**
   * Reads the indexes of a table by its oid; names no user table.
   *
   * @throws SQLException if the catalog cannot be read
   */
  public static Indexes indexes(Connection connection, int oid) throws SQLException {
    return indexes(connection, List.of(oid)).get(oid);
  }

  /**
   * Reads the indexes of tables; names no user table.
   *
   * @return one entry for each oid
   * @throws SQLException if the catalog cannot be read
   */
  public static Map<Integer, Indexes> indexes(Connection connection, Collection<Integer> oids)
      throws SQLException {
    Map<Integer, Set<String>> primaryKeys = new HashMap<>();
    Map<Integer, Set<String>> identities = new HashMap<>();
    try (PreparedStatement statement = connection.prepareStatement(QUERY)) {
      Object[] tables = oids.stream().map(Integer::toUnsignedLong).toArray();
      statement.setArray(1, connection.createArrayOf("int8", tables));
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          int oid = (int) rows.getLong(4);
          if (rows.getBoolean(1)) {
            primaryKeys.computeIfAbsent(oid, first -> new HashSet<>()).add(rows.getString(3));
          }
          if (rows.getBoolean(2)) {
            identities.computeIfAbsent(oid, first -> new HashSet<>()).add(rows.getString(3));
          }
        }
      }
    }
    Map<Integer, Indexes> indexes = new HashMap<>();
    for (int oid : oids) {
      indexes.put(
          oid,
          new Indexes(
              primaryKeys.getOrDefault(oid, Set.of()), identities.getOrDefault(oid, Set.of())));
    }
    return indexes;
  }

  /** The key as ordinals into the published columns, ascending; empty if there is none. */
  public static int[] key(ReplicaIdentity identity, List<Column> published, Indexes indexes) {
    Set<String> names = published.stream().map(Column::name).collect(Collectors.toSet());
    Set<String> key = key(identity, names, indexes);
    return IntStream.range(0, published.size())
        .filter(i -> key.contains(published.get(i).name()))
        .toArray();
  }

  /** The key as names of published columns; empty if there is none. */
  public static Set<String> key(ReplicaIdentity identity, Set<String> published, Indexes indexes) {
    return switch (identity) {
      case NOTHING -> Set.of();
      case DEFAULT, FULL -> whole(published, indexes.primaryKey());
      case INDEX -> {
        boolean holdsPrimaryKey = indexes.identity().containsAll(indexes.primaryKey());
        Set<String> key = holdsPrimaryKey ? whole(published, indexes.primaryKey()) : Set.of();
        yield !key.isEmpty() ? key : whole(published, indexes.identity());
      }
    };
  }

  private static Set<String> whole(Set<String> published, Set<String> names) {
    return published.containsAll(names) ? names : Set.of();
  }

  /**
   * Whether old rows of which these columns are sent say which row they are of.
   *
   * @param key the columns of the key that rows are told under; empty if it is the whole row
   * @param sent by a replica identity that is not FULL, which is enough for any key; empty if there
   *     is none, as then no row is updated or deleted
   */
  public static boolean tells(Set<String> key, Set<String> sent) {
    return sent.isEmpty() || (!key.isEmpty() && sent.containsAll(key));
  }
}
