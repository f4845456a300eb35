package io.tidemark.postgres;

/** Quoting, for the statements that take no parameters (COPY, replication commands, DDL). */
public final class Sql {
  private Sql() {}

  /** A quoted identifier: {@code a"b} becomes {@code "a""b"}. */
  public static String identifier(String name) {
    return "\"" + name.replace("\"", "\"\"") + "\"";
  }

  /** A quoted literal, right whatever {@code standard_conforming_strings} is. */
  public static String literal(String value) {
    String quoted = "'" + value.replace("'", "''").replace("\\", "\\\\") + "'";
    return value.indexOf('\\') >= 0 ? " E" + quoted : quoted;
  }
}
