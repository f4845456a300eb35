package io.tidemark.source.shape;

import java.util.ArrayList;
import java.util.List;

/** Tables of which some columns are published, from PostgreSQL 15 on, and their publication. */
final class ColumnListShapes {
  private ColumnListShapes() {}

  /** A shape with the entry that a publication has for it. */
  record Listed(Shape shape, String entry) {}

  /** All; of those whose list lacks the identity PostgreSQL takes inserts alone. */
  static List<Listed> all() {
    List<Listed> all = new ArrayList<>();
    for (String key : List.of("", "PRIMARY KEY (a, b)", "PRIMARY KEY (b)")) {
      for (String identity : List.of("DEFAULT", "FULL", "INDEX")) {
        for (String columns : List.of("a, b, v, big, code", "b, a, v", "b, code, v", "v, big")) {
          for (boolean partitioned : new boolean[] {false, true}) {
            if (!partitioned || !key.equals("PRIMARY KEY (b)")) {
              all.add(listed("list%d".formatted(all.size()), key, identity, columns, partitioned));
            }
          }
        }
      }
    }
    return all;
  }

  private static Listed listed(
      String t, String key, String identity, String columns, boolean partitioned) {
    List<String> ddl = new ArrayList<>();
    String leaf = partitioned ? t + "_1" : t;
    String definition =
        "(%s int NOT NULL, b int NOT NULL, v text, big text, code int NOT NULL%s)"
            .formatted("%s", key.isEmpty() ? "" : ", " + key);
    ddl.add(
        "CREATE TABLE %s ".formatted(t)
            + definition.formatted("a")
            + (partitioned ? " PARTITION BY LIST (a)" : ""));
    if (partitioned) {
      // The numbers of its columns are not those of the root's.
      ddl.add(
          "CREATE TABLE %s (gone int, big text, code int NOT NULL, a int NOT NULL, b int NOT NULL, v text)"
              .formatted(leaf));
      ddl.add("ALTER TABLE %s DROP gone".formatted(leaf));
      ddl.add("ALTER TABLE %s ATTACH PARTITION %s DEFAULT".formatted(t, leaf));
    }
    ddl.add("ALTER TABLE %s ALTER big SET STORAGE EXTERNAL".formatted(t));
    ddl.add("CREATE UNIQUE INDEX %1$s_i ON %1$s (code, a)".formatted(t));
    String index = partitioned ? leaf + "_code_a_idx" : t + "_i";
    for (String table : partitioned ? List.of(t, leaf) : List.of(t)) {
      ddl.add(
          "ALTER TABLE %s REPLICA IDENTITY ".formatted(table)
              + (identity.equals("INDEX")
                  ? "USING INDEX " + (table.equals(t) ? t + "_i" : index)
                  : identity));
    }
    return new Listed(
        new Shape(
            "%s, identity %s, %s, columns (%s)"
                .formatted(
                    key.isEmpty() ? "no key" : key,
                    identity,
                    partitioned ? "partitioned" : "plain",
                    columns),
            ddl,
            List.of(t),
            true,
            List.of(
                "INSERT INTO %s (a, b, v, big, code) SELECT i, i, 'v' || i, %s, i FROM generate_series(1, 9) i"
                    .formatted(t, Shape.big("i"))),
            List.of(
                "INSERT INTO %s (a, b, v, big, code) SELECT i, i, 'v' || i, %s, i FROM generate_series(10, 12) i"
                    .formatted(t, Shape.big("i")),
                "UPDATE %s SET v = v || 'w' WHERE a IN (1, 10)".formatted(t),
                "UPDATE %s SET a = a + 100, b = b + 100 WHERE a = 2".formatted(t),
                "UPDATE %s SET code = code + 100 WHERE a = 3".formatted(t),
                "UPDATE %s SET big = %s WHERE a = 5".formatted(t, Shape.big("-a")),
                "DELETE FROM %s WHERE a IN (6, 102, 11)".formatted(t))),
        "%s (%s)".formatted(t, columns));
  }
}
