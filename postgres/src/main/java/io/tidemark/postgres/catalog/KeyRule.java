package io.tidemark.postgres.catalog;

import io.tidemark.postgres.Column;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
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
      SELECT i.indisprimary, i.indisreplident, a.attname
        FROM pg_catalog.pg_index i
        CROSS JOIN LATERAL pg_catalog.unnest(i.indkey) WITH ORDINALITY AS k (attnum, place)
        JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
       WHERE i.indrelid = ?::int8::oid AND k.place <= i.indnkeyatts
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
  }

  /**
   * Reads the indexes of a table by its oid; names no user table.
   *
   * @throws SQLException if the catalog cannot be read
   */
  public static Indexes indexes(Connection connection, int oid) throws SQLException {
    Set<String> primaryKey = new HashSet<>();
    Set<String> identity = new HashSet<>();
    try (PreparedStatement statement = connection.prepareStatement(QUERY)) {
      statement.setLong(1, Integer.toUnsignedLong(oid));
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          if (rows.getBoolean(1)) {
            primaryKey.add(rows.getString(3));
          }
          if (rows.getBoolean(2)) {
            identity.add(rows.getString(3));
          }
        }
      }
    }
    return new Indexes(primaryKey, identity);
  }

  /** The key as ordinals into the published columns, ascending; empty if there is none. */
  public static int[] key(ReplicaIdentity identity, List<Column> published, Indexes indexes) {
    return switch (identity) {
      case NOTHING -> new int[0];
      case DEFAULT, FULL -> ordinals(published, indexes.primaryKey());
      case INDEX -> {
        boolean holdsPrimaryKey = indexes.identity().containsAll(indexes.primaryKey());
        int[] key = holdsPrimaryKey ? ordinals(published, indexes.primaryKey()) : new int[0];
        yield key.length > 0 ? key : ordinals(published, indexes.identity());
      }
    };
  }

  private static int[] ordinals(List<Column> published, Set<String> names) {
    int[] ordinals =
        IntStream.range(0, published.size())
            .filter(i -> names.contains(published.get(i).name()))
            .toArray();
    return ordinals.length == names.size() ? ordinals : new int[0];
  }
}
