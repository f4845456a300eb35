package io.tidemark.postgres.stream;

import io.tidemark.postgres.ddl.ColumnStructure;
import io.tidemark.postgres.ddl.TableStructure;
import io.tidemark.postgres.pgoutput.PgOutputMessage.Relation;
import io.tidemark.postgres.pgoutput.PgOutputMessage.RelationColumn;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Which columns of tables a publication has, and which numbers columns have, as of now. */
final class PublishedColumns {
  private static final int COLUMN_LISTS_SINCE = 15;
  private static final int GENERATED_SINCE = 18;

  private static final String LISTS =
      """
      SELECT r.prrelid::int8, r.prattrs::int2[]
        FROM pg_catalog.pg_publication p
        JOIN pg_catalog.pg_publication_rel r ON r.prpubid = p.oid
       WHERE p.pubname = ? AND r.prrelid = ANY (?::int8[]::oid[]) AND r.prattrs IS NOT NULL
      """;

  private static final String GENERATED =
      "SELECT pubgencols = 's' FROM pg_catalog.pg_publication WHERE pubname = ?";

  private static final String NUMBERS =
      """
      SELECT a.attname, a.attnum, a.atttypid::int8, a.atttypmod
        FROM pg_catalog.pg_attribute a
       WHERE a.attrelid = ?::int8::oid AND a.attnum > 0 AND NOT a.attisdropped
      """;

  /** Numbers by the table's oid, where a column list has them. */
  private final Map<Integer, Set<Integer>> lists;

  /** Whether stored generated columns are published where no list has them. */
  private final boolean generated;

  private PublishedColumns(Map<Integer, Set<Integer>> lists, boolean generated) {
    this.lists = lists;
    this.generated = generated;
  }

  /**
   * Asks for the column lists of tables; names no user table.
   *
   * @throws SQLException if the catalog cannot be read
   */
  static PublishedColumns of(Connection connection, String publication, List<TableStructure> tables)
      throws SQLException {
    int version = connection.getMetaData().getDatabaseMajorVersion();
    Map<Integer, Set<Integer>> lists = new HashMap<>();
    if (version >= COLUMN_LISTS_SINCE) {
      try (PreparedStatement statement = connection.prepareStatement(LISTS)) {
        Object[] oids = tables.stream().map(each -> Integer.toUnsignedLong(each.oid())).toArray();
        statement.setString(1, publication);
        statement.setArray(2, connection.createArrayOf("int8", oids));
        try (ResultSet rows = statement.executeQuery()) {
          while (rows.next()) {
            Short[] numbers = (Short[]) rows.getArray(2).getArray();
            Set<Integer> list = new HashSet<>();
            Arrays.stream(numbers).forEach(number -> list.add((int) number));
            lists.put((int) rows.getLong(1), list);
          }
        }
      }
    }
    return new PublishedColumns(
        lists, version >= GENERATED_SINCE && generated(connection, publication));
  }

  private static boolean generated(Connection connection, String publication) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(GENERATED)) {
      statement.setString(1, publication);
      try (ResultSet row = statement.executeQuery()) {
        return row.next() && row.getBoolean(1);
      }
    }
  }

  /** The published columns of one of the tables. */
  List<ColumnStructure> of(TableStructure table) {
    Set<Integer> list = lists.get(table.oid());
    return table.columns().stream()
        .filter(
            column ->
                list != null
                    ? list.contains(column.number())
                    : !column.isGenerated() || (generated && column.stored()))
        .toList();
  }

  /**
   * The numbers of a table's columns, where the catalog has columns of the same names and types in
   * the same order; else zeros.
   *
   * @throws SQLException if the catalog cannot be read
   */
  static int[] numbers(Connection connection, Relation relation) throws SQLException {
    record Found(int number, int type, int modifier) {}
    Map<String, Found> found = new HashMap<>();
    try (PreparedStatement statement = connection.prepareStatement(NUMBERS)) {
      statement.setLong(1, Integer.toUnsignedLong(relation.oid()));
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          found.put(
              rows.getString(1), new Found(rows.getInt(2), (int) rows.getLong(3), rows.getInt(4)));
        }
      }
    }
    int[] numbers = new int[relation.columns().size()];
    int former = 0;
    for (int i = 0; i < numbers.length; i++) {
      RelationColumn column = relation.columns().get(i);
      Found now = found.get(column.name());
      if (now == null
          || now.number <= former
          || now.type != column.typeOid()
          || now.modifier != column.typeModifier()) {
        return new int[numbers.length];
      }
      numbers[i] = now.number;
      former = now.number;
    }
    return numbers;
  }
}
