package io.tidemark.source.shape;

import java.util.ArrayList;
import java.util.List;

/** Tables with keys of every type, as a primary key and, under FULL, as a part of the whole row. */
final class KeyShapes {
  /**
   * Values of a type.
   *
   * @param first one, as PostgreSQL reads it
   * @param same equal to it, perhaps written otherwise
   */
  private record Values(String type, String first, String same, String second, String third) {}

  private static final List<Values> SORTED =
      List.of(
          of("smallint", "1", "2", "3"),
          of("integer", "1", "2", "3"),
          of("bigint", "1", "2", "3"),
          new Values("numeric", "1.0", "1.00", "2", "-3e20"),
          new Values("numeric(10,4)", "1", "1.0000", "2", "3"),
          new Values("real", "0", "-0", "1.5", "NaN"),
          new Values("double precision", "0", "-0", "1.5", "Infinity"),
          of("money", "1", "2", "3"),
          of("boolean", "true", "false", null),
          of("text", "a", "", "ß"),
          of("varchar(9)", "a", "b ", "c"),
          new Values("bpchar", "a", "a  ", "b", "c"),
          of("char(4)", "a", "b", "c"),
          of("\"char\"", "a", "b", "c"),
          of("name", "a", "b", "c"),
          of("bytea", "\\x", "\\x00", "\\xff"),
          of("bit(3)", "101", "111", "000"),
          of("varbit", "101", "1", "0"),
          of("date", "2024-02-29", "infinity", "0044-03-15 BC"),
          of("time", "00:00", "24:00", "12:34:56.789"),
          new Values("timetz", "12:00+00", "12:00+00", "12:00+02", "13:00+01"),
          of("timestamp", "2024-02-29 12:00", "infinity", "1999-01-01"),
          new Values(
              "timestamptz",
              "2024-02-29 12:00+00",
              "2024-02-29 13:00+01",
              "infinity",
              "1999-01-01+00"),
          new Values("interval", "1 day", "24 hours", "1 month", "-1 s"),
          of(
              "uuid",
              "00000000-0000-0000-0000-000000000001",
              "ffffffff-0000-0000-0000-000000000001",
              "0fffffff-0000-0000-0000-000000000001"),
          of("inet", "10.0.0.1", "10.0.0.1/8", "::1"),
          of("cidr", "10.0.0.0/8", "10.1.0.0/16", "::/0"),
          of("macaddr", "08:00:2b:01:02:03", "08:00:2b:01:02:04", "08:00:2b:01:02:05"),
          of(
              "macaddr8",
              "08:00:2b:01:02:03:04:05",
              "08:00:2b:01:02:03:04:06",
              "08:00:2b:01:02:03:04:07"),
          of("oid", "1", "2", "4294967295"),
          of("pg_lsn", "0/1", "0/2", "FFFFFFFF/0"),
          of("int4range", "[1,3)", "empty", "(,)"),
          new Values("numrange", "[1.0,2)", "[1.00,2)", "empty", "(,)"),
          of("int4multirange", "{[1,3)}", "{}", "{[1,3),[5,7)}"),
          of("integer[]", "{1,2}", "{}", "{NULL}"),
          new Values("numeric[]", "{1.0}", "{1.00}", "{}", "{2}"),
          of("tsvector", "a b", "c", "d:1"),
          new Values("jsonb", "{\"a\": 1.0}", "{\"a\": 1.00}", "[]", "3"),
          of("mood", "sad", "ok", "happy"),
          new Values("amount", "1.0", "1.00", "2", "3"),
          of("pair", "(1,a)", "(2,)", "(,b)"));

  /** What no index can be of, but the whole row has to be told by all the same. */
  private static final List<Values> UNSORTED =
      List.of(
          of("json", "{\"a\":1}", "{ \"a\":1}", "[]"),
          of("point", "(1,2)", "(2,1)", "(0,0)"),
          of("polygon", "((0,0),(1,1),(1,0))", "((0,0),(1,1),(1,2))", "((0,0),(1,1),(1,3))"));

  private KeyShapes() {}

  private static Values of(String type, String first, String second, String third) {
    return new Values(type, first, first, second, third);
  }

  /** What the types need. */
  static List<String> types() {
    return List.of(
        "CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy')",
        "CREATE DOMAIN amount AS numeric",
        "CREATE TYPE pair AS (n int, t text)");
  }

  static List<Shape> all() {
    List<Shape> shapes = new ArrayList<>();
    for (Values values : SORTED) {
      shapes.add(shape("key%d".formatted(shapes.size()), values, ", PRIMARY KEY (k)", "DEFAULT"));
      shapes.add(shape("key%d".formatted(shapes.size()), values, ", PRIMARY KEY (n, k)", "FULL"));
      shapes.add(shape("key%d".formatted(shapes.size()), values, "", "FULL"));
    }
    for (Values values : UNSORTED) {
      shapes.add(shape("key%d".formatted(shapes.size()), values, "", "FULL"));
    }
    return shapes;
  }

  private static Shape shape(String t, Values values, String key, String identity) {
    String insert = "INSERT INTO %s VALUES (%s, '%s', 'v', %s)";
    List<String> before =
        List.of(
            insert.formatted(t, 1, values.first, Shape.big("1")),
            insert.formatted(t, 2, values.second, Shape.big("2")));
    List<String> during = new ArrayList<>();
    during.add("UPDATE %s SET v = 'w' WHERE n = 1".formatted(t));
    during.add("UPDATE %s SET k = '%s' WHERE n = 1".formatted(t, values.same));
    if (values.third != null) {
      during.add(insert.formatted(t, 3, values.third, Shape.big("3")));
      during.add("DELETE FROM %s WHERE n = 2".formatted(t));
      during.add("UPDATE %s SET k = '%s' WHERE n = 3".formatted(t, values.second));
    } else {
      during.add("DELETE FROM %s WHERE n = 2".formatted(t));
    }
    return new Shape(
        "key of %s%s, identity %s".formatted(values.type, key, identity),
        List.of(
            "CREATE TABLE %s (n int NOT NULL, k %s NOT NULL, v text, big text%s)"
                .formatted(t, values.type, key),
            "ALTER TABLE %s ALTER big SET STORAGE EXTERNAL".formatted(t),
            "ALTER TABLE %s REPLICA IDENTITY %s".formatted(t, identity)),
        List.of(t),
        true,
        before,
        during);
  }
}
