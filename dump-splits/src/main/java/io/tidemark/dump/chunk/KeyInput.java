package io.tidemark.dump.chunk;

import static java.util.stream.Collectors.joining;

import io.tidemark.postgres.Column;
import io.tidemark.postgres.KeyExtractor;
import io.tidemark.postgres.KeyTexts;
import io.tidemark.postgres.RowKey;
import io.tidemark.postgres.Sql;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.Tuple;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyOut;

/**
 * Turns texts into keys by PostgreSQL's own input functions. A text is read as a literal of its
 * column's type, without the column's length or scale: what would not fit there is cut or rounded
 * nowhere, and is the key of no row. Times without a zone are UTC, and dates are year, month, day.
 */
public final class KeyInput {
  private static final int KEYS_PER_STATEMENT = 500;

  /** An array of small numbers is several times as large as its text. */
  private static final long MAX_BYTES = 2L * KeyTexts.MAX_BYTES;

  /** -1 is no length: without it, {@code bit} would be one of a single bit. */
  private static final String TYPE_NAME = "SELECT pg_catalog.format_type(?::int8::oid, -1)";

  private final Connection connection;
  private final TableSchema schema;
  private final List<Column> columns;
  private final List<String> types;
  private final KeyExtractor extractor;

  private KeyInput(Connection connection, TableSchema schema) throws SQLException {
    this.connection = connection;
    this.schema = schema;
    this.columns =
        IntStream.range(0, schema.keySize())
            .mapToObj(i -> schema.columns().get(schema.keyColumn(i)))
            .toList();
    this.types = types();
    int[] all = IntStream.range(0, columns.size()).toArray();
    this.extractor =
        new KeyExtractor(
            new TableSchema(schema.oid(), schema.name(), schema.identity(), columns, all));
  }

  /**
   * The keys, without those that come twice.
   *
   * @param connection an endpoint's, outside of a transaction
   * @throws KeyInputException if the table has no key, or one of another number of columns, or a
   *     text is no value of its column's type
   * @throws SQLException if the server cannot tell now
   */
  public static List<RowKey> read(Connection connection, TableSchema schema, KeyTexts texts)
      throws SQLException, KeyInputException, InterruptedException {
    checkColumns(schema, texts);
    KeyInput input = new KeyInput(connection, schema);
    Set<RowKey> keys = new LinkedHashSet<>();
    long[] bytes = {0};
    for (int from = 0; from < texts.size(); from += KEYS_PER_STATEMENT) {
      int to = Math.min(texts.size(), from + KEYS_PER_STATEMENT);
      input.read(
          texts.keys().subList(from, to),
          tuple -> {
            RowKey key = input.extractor.key(tuple);
            bytes[0] += key.array().length;
            if (bytes[0] <= MAX_BYTES) {
              keys.add(key);
            }
          });
      if (bytes[0] > MAX_BYTES) {
        throw new KeyInputException(
            "%s of %s come to more than %d bytes as values; ask for fewer at a time"
                .formatted(texts, schema.name(), MAX_BYTES));
      }
    }
    return List.copyOf(keys);
  }

  private static void checkColumns(TableSchema schema, KeyTexts texts) throws KeyInputException {
    if (!schema.hasKey()) {
      throw new KeyInputException(
          schema.name() + " has no key: its rows can be asked for by pages alone");
    }
    for (int i = 0; i < texts.size(); i++) {
      if (texts.keys().get(i).size() != schema.keySize()) {
        throw new KeyInputException(
            "key %d of %d has %d %s, and the key of %s has %d: %s"
                .formatted(
                    i + 1,
                    texts.size(),
                    texts.keys().get(i).size(),
                    texts.keys().get(i).size() == 1 ? "column" : "columns",
                    schema.name(),
                    schema.keySize(),
                    String.join(", ", schema.keyNames())));
      }
    }
  }

  /** Values of domains are those of what they are made of, whether a check holds or not. */
  private List<String> types() throws SQLException {
    List<String> names = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(TYPE_NAME)) {
      for (Column column : columns) {
        statement.setLong(1, Integer.toUnsignedLong(column.type().underlying().oid()));
        try (ResultSet row = statement.executeQuery()) {
          row.next();
          names.add(row.getString(1));
        }
      }
    }
    return names;
  }

  private interface KeySink {
    void key(Tuple key);
  }

  private void read(List<List<String>> keys, KeySink sink)
      throws SQLException, KeyInputException, InterruptedException {
    int[] all = IntStream.range(0, columns.size()).toArray();
    try {
      copy(keys, all, sink);
    } catch (SQLException e) {
      // Its message and its details may quote a value: neither goes further.
      if (!isOfAValue(e)) {
        throw e;
      }
      Column column = columns.get(guilty(keys));
      throw new KeyInputException(
          "a text is no value of column %s of %s, of type %s (SQLSTATE %s)"
              .formatted(column.name(), schema.name(), column.type().name(), e.getSQLState()));
    }
  }

  /** The first column with a text that cannot be read. */
  private int guilty(List<List<String>> keys) throws SQLException, InterruptedException {
    for (int i = 0; i < columns.size() - 1; i++) {
      try {
        copy(keys, new int[] {i}, tuple -> {});
      } catch (SQLException e) {
        if (!isOfAValue(e)) {
          throw e;
        }
        return i;
      }
    }
    return columns.size() - 1;
  }

  /** Whatever an input function says, and not what becomes of the server or the connection. */
  private static boolean isOfAValue(SQLException e) {
    String state = e.getSQLState() == null ? "" : e.getSQLState();
    return state.startsWith("XX") || !SqlStates.classify(state).isRetryable();
  }

  private void copy(List<List<String>> keys, int[] which, KeySink sink)
      throws SQLException, InterruptedException {
    String rows = keys.stream().map(key -> row(key, which)).collect(joining(", "));
    CopyDecoder decoder = new CopyDecoder(which.length);
    CopyOut copy =
        connection
            .unwrap(PGConnection.class)
            .getCopyAPI()
            .copyOut("COPY (VALUES " + rows + ") TO STDOUT (FORMAT binary)");
    try {
      for (byte[] message = copy.readFromCopy(); message != null; message = copy.readFromCopy()) {
        decoder.message(message, row -> sink.key(new Tuple(row, 0, row.length, Tuple.Layout.COPY)));
      }
      decoder.end();
    } catch (CopyFormatException e) {
      throw new SQLException(e.getMessage(), e);
    } finally {
      if (copy.isActive()) {
        copy.cancelCopy();
      }
    }
  }

  private String row(List<String> key, int[] which) {
    return IntStream.of(which).mapToObj(i -> value(key.get(i), i)).collect(joining(", ", "(", ")"));
  }

  private String value(String text, int i) {
    String value = "CAST(" + Sql.literal(text) + " AS " + types.get(i) + ")";
    return columns.get(i).type().binary() ? value : value + "::pg_catalog.text";
  }
}
