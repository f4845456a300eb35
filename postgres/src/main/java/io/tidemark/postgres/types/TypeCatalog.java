package io.tidemark.postgres.types;

import io.tidemark.postgres.PgType;
import io.tidemark.postgres.PgType.Kind;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * Finds out what a type's oid stands for, down to the base types. Built-in types need no server,
 * but for money, whose scale is the database's; others are looked up by oid in {@code pg_type}, all
 * at once, and kept, except for composite types, which may get other fields.
 *
 * <p>One catalog is for one database. Thread-safe; connections are used by the calling thread
 * alone, in whatever transaction they are in.
 */
public final class TypeCatalog {
  /** Names do not depend on the search path, so that they are equal whoever asks. */
  private static final String QUERY =
      """
      SELECT t.oid::int8 AS oid,
             CASE n.nspname WHEN 'pg_catalog' THEN pg_catalog.format_type(t.oid, NULL)
               ELSE pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(t.typname)
             END AS name,
             CASE WHEN t.typsubscript = 'pg_catalog.array_subscript_handler'::regproc THEN 'a'
               ELSE t.typtype::text END AS kind,
             t.typsend <> 0 AS binary,
             CASE t.typtype WHEN 'd' THEN t.typbasetype WHEN 'b' THEN t.typelem
               ELSE coalesce(r.rngsubtype, 0) END::int8 AS inner,
             ARRAY(SELECT a.atttypid::int8 FROM pg_catalog.pg_attribute a
                    WHERE t.typrelid <> 0 AND a.attrelid = t.typrelid
                      AND a.attnum > 0 AND NOT a.attisdropped
                    ORDER BY a.attnum) AS fields
        FROM pg_catalog.pg_type t
        JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
        LEFT JOIN pg_catalog.pg_range r ON t.oid IN (r.rngtypid, r.rngmultitypid)
       WHERE t.oid = ANY (?::text::oid[])
      """;

  private static final int MONEY_ARRAY = 791;

  /** They are arrays to PostgreSQL, but go by names of their own. */
  private static final int INT2VECTOR = 22;

  private static final int OIDVECTOR = 30;

  private final Map<Integer, PgType> found = new ConcurrentHashMap<>();

  /** A row of {@link #QUERY}, and money's scale. */
  private record Entry(
      int oid, String name, Kind kind, boolean binary, int inner, List<Integer> fields, int scale) {
    List<Integer> needed() {
      List<Integer> needed = new ArrayList<>(fields);
      if (inner != 0) {
        needed.add(inner);
      }
      return needed;
    }
  }

  /** The type of this oid if no server need be asked for it, or need be again; else null. */
  public PgType known(int oid) {
    PgType type = isOfDatabase(oid) ? null : BuiltinTypes.find(oid);
    return type != null ? type : found.get(oid);
  }

  /** Whether a built-in type is another in each database. */
  private static boolean isOfDatabase(int oid) {
    return oid == PgType.MONEY || oid == MONEY_ARRAY;
  }

  /**
   * The type of this oid, as {@link #resolve(Connection, Collection)}.
   *
   * @throws SQLException if the catalog cannot be read
   */
  public PgType resolve(Connection connection, int oid) throws SQLException {
    PgType type = known(oid);
    return type != null ? type : resolve(connection, List.of(oid)).get(oid);
  }

  /**
   * The types of these oids. Asks the server only for those that are not known, and those they are
   * made of: one query for each level, two as a rule. A type that the catalog does not have, since
   * it was dropped or a standby has not got it yet, is of {@link Kind#UNKNOWN} and is asked for
   * again the next time.
   *
   * @throws SQLException if the catalog cannot be read
   */
  public Map<Integer, PgType> resolve(Connection connection, Collection<Integer> oids)
      throws SQLException {
    Map<Integer, Entry> entries = new HashMap<>();
    Set<Integer> asked = new HashSet<>();
    Set<Integer> asking = unknown(oids, asked);
    while (!asking.isEmpty()) {
      asked.addAll(asking);
      Set<Integer> next = new HashSet<>();
      for (Entry entry : query(connection, asking)) {
        entries.put(entry.oid(), entry);
        next.addAll(unknown(entry.needed(), asked));
      }
      asking = next;
    }
    Map<Integer, PgType> types = new HashMap<>();
    for (int oid : oids) {
      types.put(oid, build(oid, entries, new HashSet<>()));
    }
    return Collections.unmodifiableMap(types);
  }

  /**
   * Reads types from the server even if they are built in: what the table of those is tested by.
   */
  static Map<Integer, PgType> read(Connection connection, Collection<Integer> oids)
      throws SQLException {
    TypeCatalog catalog = new TypeCatalog();
    Map<Integer, Entry> entries = new HashMap<>();
    for (Entry entry : query(connection, oids)) {
      entries.put(entry.oid(), entry);
    }
    Map<Integer, PgType> types = new HashMap<>();
    for (Entry entry : entries.values()) {
      types.put(entry.oid(), catalog.make(entry, entries, new HashSet<>()));
    }
    return types;
  }

  private Set<Integer> unknown(Collection<Integer> oids, Set<Integer> asked) {
    return oids.stream()
        .filter(oid -> known(oid) == null && !asked.contains(oid))
        .collect(Collectors.toSet());
  }

  private PgType build(int oid, Map<Integer, Entry> entries, Set<Integer> building) {
    PgType known = known(oid);
    if (known != null) {
      return known;
    }
    Entry entry = entries.get(oid);
    // PostgreSQL lets no type contain itself; should one, it is left as bytes.
    if (entry == null || !building.add(oid)) {
      return unknown(oid);
    }
    PgType type = make(entry, entries, building);
    building.remove(oid);
    if (isLasting(type)) {
      found.put(oid, type);
    }
    return type;
  }

  private PgType make(Entry entry, Map<Integer, Entry> entries, Set<Integer> building) {
    PgType inner = entry.inner() == 0 ? null : build(entry.inner(), entries, building);
    boolean binary = entry.binary() && (inner == null || inner.binary());
    Map<Integer, PgType> fields = new LinkedHashMap<>();
    for (int oid : entry.fields()) {
      PgType field = build(oid, entries, building);
      binary &= field.binary();
      if (isOfDatabase(oid) || BuiltinTypes.find(oid) == null) {
        fields.put(oid, field);
      }
    }
    String name =
        entry.kind() == Kind.ARRAY && entry.oid() != INT2VECTOR && entry.oid() != OIDVECTOR
            ? inner.name() + "[]"
            : entry.name();
    return new PgType(
        entry.oid(),
        name,
        entry.kind(),
        inner,
        List.copyOf(fields.values()),
        entry.scale(),
        binary);
  }

  static PgType unknown(int oid) {
    return new PgType(oid, "oid " + Integer.toUnsignedString(oid), Kind.UNKNOWN, null, true);
  }

  private static boolean isLasting(PgType type) {
    return switch (type.kind()) {
      case UNKNOWN, COMPOSITE -> false;
      case BASE, ENUM -> true;
      case ARRAY, DOMAIN, RANGE, MULTIRANGE -> isLasting(type.inner());
    };
  }

  private static List<Entry> query(Connection connection, Collection<Integer> oids)
      throws SQLException {
    String list =
        oids.stream().map(Integer::toUnsignedString).collect(Collectors.joining(",", "{", "}"));
    try (PreparedStatement statement = connection.prepareStatement(QUERY)) {
      statement.setString(1, list);
      try (ResultSet rows = statement.executeQuery()) {
        int scale = oids.contains(PgType.MONEY) ? MoneyScale.read(connection) : 0;
        List<Entry> entries = new ArrayList<>();
        while (rows.next()) {
          entries.add(entry(rows, scale));
        }
        return entries;
      }
    }
  }

  private static Entry entry(ResultSet row, int scale) throws SQLException {
    Kind kind = kind(row.getString("kind"));
    boolean nested = kind != Kind.BASE && kind != Kind.ENUM && kind != Kind.COMPOSITE;
    List<Integer> fields = new ArrayList<>();
    Array array = row.getArray("fields");
    for (Long field : (Long[]) array.getArray()) {
      fields.add(field.intValue());
    }
    int oid = (int) row.getLong("oid");
    return new Entry(
        oid,
        row.getString("name"),
        kind,
        row.getBoolean("binary"),
        nested ? (int) row.getLong("inner") : 0,
        fields,
        oid == PgType.MONEY ? scale : 0);
  }

  private static Kind kind(String letter) {
    return switch (letter) {
      case "a" -> Kind.ARRAY;
      case "c" -> Kind.COMPOSITE;
      case "d" -> Kind.DOMAIN;
      case "e" -> Kind.ENUM;
      case "r" -> Kind.RANGE;
      case "m" -> Kind.MULTIRANGE;
      default -> Kind.BASE;
    };
  }
}
