package io.tidemark.cli.quickstart;

import io.tidemark.postgres.Sql;
import io.tidemark.postgres.TableName;
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
 * Reads tables of the primary and compares each row, byte by byte of each column, with what a
 * consumer holds. It takes nothing from the engine that it judges but the rows' layout, and it uses
 * the held state up.
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

  /** What came of each table, in the order given. */
  Map<TableName, Verdict> compare(List<TableName> tables) throws SQLException {
    Map<TableName, Verdict> verdicts = new LinkedHashMap<>();
    for (TableName table : tables) {
      verdicts.put(table, compare(table));
    }
    return verdicts;
  }

  private Verdict compare(TableName table) throws SQLException {
    List<String> columns = columns(table);
    HeldTable rows = held.table(table);
    if (rows == null || !rows.columns().equals(columns)) {
      // Nothing of it arrived, or under other columns: then no row can be the same.
      long all = count(table);
      return new Verdict(1, all, all, rows == null ? 0 : rows.size(), 0);
    }
    return compare(table, columns, rows);
  }

  private Verdict compare(TableName table, List<String> columns, HeldTable rows)
      throws SQLException {
    CopyOut copy =
        connection
            .unwrap(PGConnection.class)
            .getCopyAPI()
            .copyOut(
                "COPY (SELECT %s FROM %s) TO STDOUT (FORMAT binary)"
                    .formatted(
                        columns.stream().map(Sql::identifier).collect(Collectors.joining(", ")),
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

  private List<String> columns(TableName table) throws SQLException {
    List<String> columns = new ArrayList<>();
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT attname FROM pg_attribute WHERE attrelid = ?::regclass"
                + " AND attnum > 0 AND NOT attisdropped ORDER BY attnum")) {
      statement.setString(1, table.quoted());
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          columns.add(rows.getString(1));
        }
      }
    }
    return columns;
  }

  private long count(TableName table) throws SQLException {
    try (var statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT count(*) FROM " + table.quoted())) {
      rows.next();
      return rows.getLong(1);
    }
  }
}
