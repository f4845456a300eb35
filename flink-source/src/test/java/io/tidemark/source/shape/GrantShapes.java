package io.tidemark.source.shape;

import java.util.ArrayList;
import java.util.List;

/**
 * Tables of which the capture's role may read all, nothing, or some columns. Only the first can be
 * captured: a dump locks its table, and PostgreSQL lets nobody do that who may read columns alone.
 */
final class GrantShapes {
  private GrantShapes() {}

  /** All, with the columns that are published of each; columns lists, if there are any. */
  static List<ColumnListShapes.Listed> all(String role, boolean columnLists) {
    List<ColumnListShapes.Listed> all = new ArrayList<>();
    for (String grant : List.of("", "SELECT", "SELECT (id, v, big)", "SELECT (id, v)", "UPDATE")) {
      for (boolean list : columnLists ? new boolean[] {false, true} : new boolean[] {false}) {
        for (boolean partitioned : new boolean[] {false, true}) {
          String t = "grant%d".formatted(all.size());
          all.add(listed(t, role, grant, list, partitioned));
        }
      }
    }
    return all;
  }

  private static ColumnListShapes.Listed listed(
      String t, String role, String grant, boolean list, boolean partitioned) {
    List<String> ddl = new ArrayList<>();
    ddl.add(
        "CREATE TABLE %s (id int PRIMARY KEY, v text, big text)%s"
            .formatted(t, partitioned ? " PARTITION BY RANGE (id)" : ""));
    if (partitioned) {
      ddl.add("CREATE TABLE %1$s_1 PARTITION OF %1$s DEFAULT".formatted(t));
    }
    if (!grant.isEmpty()) {
      // Rows are read of the leaf, whatever may be read of the root.
      ddl.add("GRANT %s ON %s TO %s".formatted(grant, partitioned ? t + "_1" : t, role));
    }
    String insert = "INSERT INTO %s SELECT i, 'v', %s FROM generate_series(%d, %d) i";
    return new ColumnListShapes.Listed(
        new Shape(
            "%s, %s, %s columns published"
                .formatted(
                    grant.isEmpty() ? "no grant" : "GRANT " + grant,
                    partitioned ? "partitioned" : "plain",
                    list ? "some" : "all"),
            ddl,
            List.of(t),
            grant.equals("SELECT"),
            List.of(insert.formatted(t, Shape.big("i"), 1, 9)),
            List.of(
                insert.formatted(t, Shape.big("i"), 10, 12),
                "UPDATE %s SET v = 'w' WHERE id IN (1, 10)".formatted(t),
                "UPDATE %s SET id = id + 100 WHERE id = 2".formatted(t),
                "DELETE FROM %s WHERE id IN (3, 102, 11)".formatted(t))),
        list ? t + " (id, v)" : t);
  }
}
