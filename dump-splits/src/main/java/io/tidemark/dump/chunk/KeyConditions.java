package io.tidemark.dump.chunk;

import io.tidemark.postgres.Column;
import io.tidemark.postgres.PgType;
import io.tidemark.postgres.RowKey;
import io.tidemark.postgres.Sql;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.Tuple;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.StringJoiner;

/**
 * Turns keys into SQL conditions, with literals, as COPY takes no parameters.
 *
 * <p>Types with a text that this knows ({@link KeyLiterals}) are compared by their {@code =}, which
 * an index serves. All others (arrays, ranges, composite types, those of most extensions) are
 * compared by their binary form, which finds the right rows by reading the whole table.
 */
final class KeyConditions {
  /** Bounds on one statement; more keys make more statements. */
  static final int MAX_KEYS = 1000;

  static final int MAX_CHARACTERS = 256 << 10;

  private final List<Part> parts;

  /** The key is one column that has an ordinary equality and is never null. */
  private final boolean isList;

  /** How one column of the key is compared. */
  private record Part(String column, PgType type, String send) {
    /** A condition that holds for the rows with the key's value. */
    String condition(Tuple key, int i) {
      return key.isNull(i) ? column + " IS NULL" : operand() + operator() + literal(key, i);
    }

    boolean isPlain() {
      return send == null && type.binary() && !KeyLiterals.isCitext(type.underlying());
    }

    private String operand() {
      if (!type.binary()) {
        return column + "::pg_catalog.text";
      }
      return send == null ? column : send + "(" + column + ")";
    }

    private String operator() {
      PgType underlying = type.underlying();
      if (send != null || !KeyLiterals.isCitext(underlying)) {
        return " = ";
      }
      String schema = underlying.name().substring(0, underlying.name().lastIndexOf('.'));
      return " OPERATOR(" + schema + ".=) ";
    }

    String literal(Tuple key, int i) {
      int from = key.valueOffset(i);
      int length = key.valueLength(i);
      if (!type.binary()) {
        return Sql.literal(new String(key.array(), from, length, StandardCharsets.UTF_8));
      }
      if (send != null) {
        String hex = HexFormat.of().formatHex(key.array(), from, from + length);
        return Sql.literal("\\x" + hex) + "::pg_catalog.bytea";
      }
      return Sql.literal(KeyLiterals.text(key.array(), from, length, type));
    }
  }

  private KeyConditions(List<Part> parts, boolean hasKey) {
    this.parts = parts;
    this.isList = hasKey && parts.size() == 1 && parts.get(0).isPlain();
  }

  /** For the keys of a schema; asks the server for the output functions of rarer types. */
  static KeyConditions of(TableSchema schema, Connection connection) throws SQLException {
    List<Part> parts = new ArrayList<>();
    for (int i = 0; i < schema.columns().size(); i++) {
      if (schema.hasKey() && !schema.isKey(i)) {
        continue;
      }
      Column column = schema.columns().get(i);
      PgType type = column.type();
      String send =
          type.binary() && !KeyLiterals.supports(type) ? sendFunction(connection, type) : null;
      parts.add(new Part(Sql.identifier(column.name()), type, send));
    }
    return new KeyConditions(parts, schema.hasKey());
  }

  /** Conditions that together, each by itself, find the rows of all keys. */
  List<String> conditions(List<RowKey> keys) {
    List<String> conditions = new ArrayList<>();
    List<String> terms = new ArrayList<>();
    int characters = 0;
    for (RowKey key : keys) {
      Tuple tuple = new Tuple(key.array(), 0, key.array().length, Tuple.Layout.COPY);
      if (tuple.size() != parts.size()) {
        throw new IllegalArgumentException(
            "a key of " + tuple.size() + " columns for one of " + parts.size());
      }
      String term = term(tuple);
      if (!terms.isEmpty()
          && (terms.size() == MAX_KEYS || characters + term.length() > MAX_CHARACTERS)) {
        conditions.add(join(terms));
        terms.clear();
        characters = 0;
      }
      terms.add(term);
      characters += term.length();
    }
    conditions.add(join(terms));
    return conditions;
  }

  /** One key's condition, or its literal alone where the keys make a list. */
  private String term(Tuple key) {
    if (isList) {
      return parts.get(0).literal(key, 0);
    }
    StringJoiner all = new StringJoiner(" AND ", "(", ")");
    for (int i = 0; i < parts.size(); i++) {
      all.add(parts.get(i).condition(key, i));
    }
    return all.toString();
  }

  private String join(List<String> terms) {
    return isList
        ? parts.get(0).column() + " IN (" + String.join(", ", terms) + ")"
        : String.join(" OR ", terms);
  }

  private static String sendFunction(Connection connection, PgType type) throws SQLException {
    String sql =
        "SELECT quote_ident(n.nspname) || '.' || quote_ident(p.proname)"
            + " FROM pg_type t JOIN pg_proc p ON p.oid = t.typsend"
            + " JOIN pg_namespace n ON n.oid = p.pronamespace WHERE t.oid = ?::int8::oid";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setLong(1, Integer.toUnsignedLong(type.underlying().oid()));
      try (ResultSet row = statement.executeQuery()) {
        if (!row.next()) {
          throw new SQLException("type " + type.name() + " has no binary output", "42704");
        }
        return row.getString(1);
      }
    }
  }
}
