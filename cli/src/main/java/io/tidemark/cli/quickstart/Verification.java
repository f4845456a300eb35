package io.tidemark.cli.quickstart;

import io.tidemark.postgres.Column;
import io.tidemark.postgres.Sql;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.Tuple;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyOut;

/**
 * Reads tables of the primary and compares their columns, and each row, byte by byte of each
 * column, with what a consumer holds. It takes nothing from the engine that it judges but the rows'
 * layout, and it uses the held state up.
 */
final class Verification {
  private static final int COPY_HEADER = 19;
  private static final int COPY_TRAILER = 2;

  private final Connection connection;
  private final HeldState held;

  /**
   * @param connection to the primary, where nobody writes any more
   */
  Verification(Connection connection, HeldState held) {
    this.connection = connection;
    this.held = held;
  }

  /** What came of each table, in the order given, and of all that is held beside these. */
  Map<TableName, Verdict> compare(List<TableName> tables) throws SQLException {
    Map<TableName, Verdict> verdicts = new LinkedHashMap<>();
    for (TableName table : tables) {
      verdicts.put(table, compare(table));
    }
    for (TableName other : held.names()) {
      if (!verdicts.containsKey(other)) {
        verdicts.put(other, new Verdict(0, 0, 0, held.table(other).size(), 1));
      }
    }
    return verdicts;
  }

  private Verdict compare(TableName table) throws SQLException {
    ChangingTable rows = held.table(table);
    if (rows == null) {
      long all = count(table);
      return new Verdict(1, all, all, 0, 0);
    }
    if (!describe(rows.schema()).equals(columns(table))) {
      // No row can be the same under other columns; and the table itself is different.
      long all = count(table);
      return new Verdict(1, all, all, rows.size(), 1);
    }
    return compare(table, rows);
  }

  private Verdict compare(TableName table, ChangingTable rows) throws SQLException {
    CopyOut copy =
        connection
            .unwrap(PGConnection.class)
            .getCopyAPI()
            .copyOut(
                "COPY (SELECT %s FROM %s) TO STDOUT (FORMAT binary)"
                    .formatted(
                        rows.schema().columns().stream()
                            .map(column -> Sql.identifier(column.name()))
                            .collect(Collectors.joining(", ")),
                        table.quoted()));
    long count = 0;
    long missing = 0;
    long different = 0;
    int start = COPY_HEADER;
    for (byte[] bytes; (bytes = copy.readFromCopy()) != null; start = 0) {
      if (bytes.length - start <= COPY_TRAILER) {
        continue;
      }
      count++;
      switch (rows.take(new Tuple(bytes, start, bytes.length - start, Tuple.Layout.COPY))) {
        case SAME -> {}
        case MISSING -> missing++;
        case DIFFERENT -> different++;
      }
    }
    return new Verdict(1, count, missing, rows.size(), different);
  }

  /** Of each column its name, its type with modifier, and whether it is of the key. */
  private List<String> columns(TableName table) throws SQLException {
    List<String> columns = new ArrayList<>();
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT a.attname, a.atttypid::int8, a.atttypmod, a.attnum = ANY (i.indkey) IS TRUE"
                + " FROM pg_attribute a"
                + " LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary"
                + " WHERE a.attrelid = ?::regclass AND a.attnum > 0 AND NOT a.attisdropped"
                + " ORDER BY a.attnum")) {
      statement.setString(1, table.quoted());
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          columns.add(
              describe(rows.getString(1), rows.getLong(2), rows.getInt(3), rows.getBoolean(4)));
        }
      }
    }
    return columns;
  }

  private static List<String> describe(TableSchema schema) {
    List<String> columns = new ArrayList<>();
    for (Column column : schema.columns()) {
      columns.add(
          describe(
              column.name(),
              Integer.toUnsignedLong(column.type().oid()),
              column.typeModifier(),
              schema.isKey(columns.size())));
    }
    return columns;
  }

  private static String describe(String name, long type, int modifier, boolean key) {
    return "%s of type %d (%d)%s".formatted(name, type, modifier, key ? ", key" : "");
  }

  private long count(TableName table) throws SQLException {
    try (var statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT count(*) FROM " + table.quoted())) {
      rows.next();
      return rows.getLong(1);
    }
  }
}
