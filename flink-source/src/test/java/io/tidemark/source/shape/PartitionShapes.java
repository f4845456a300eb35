package io.tidemark.source.shape;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Partitioned tables: the primary key on the root, on a leaf or on none, and the identity of root
 * and leaf in all combinations. The second leaf has FULL, its columns in another order, and one
 * that was dropped.
 */
final class PartitionShapes {
  private enum PrimaryKey {
    ROOT,
    LEAF,
    NONE
  }

  private enum Root {
    DEFAULT,
    NOTHING,
    FULL,
    INDEX
  }

  /** The leaf's index is its own one of a column, one that holds all keys, or the root's. */
  private enum Leaf {
    DEFAULT,
    NOTHING,
    FULL,
    OWN_INDEX,
    WIDE_INDEX,
    ROOTS_INDEX
  }

  private PartitionShapes() {}

  /** All of them; each published by its root, or by its leaves. */
  static List<Shape> all(boolean viaRoot) {
    List<Shape> shapes = new ArrayList<>();
    for (PrimaryKey primaryKey : PrimaryKey.values()) {
      for (Root root : Root.values()) {
        for (Leaf leaf : Leaf.values()) {
          shapes.add(shape("part%d".formatted(shapes.size()), primaryKey, root, leaf, viaRoot));
        }
      }
    }
    return shapes;
  }

  private static Shape shape(
      String t, PrimaryKey primaryKey, Root root, Leaf leaf, boolean viaRoot) {
    List<String> ddl = new ArrayList<>();
    ddl.add(
        "CREATE TABLE %s (id int NOT NULL, r int NOT NULL, code int NOT NULL, v text, big text)"
                .formatted(t)
            + " PARTITION BY LIST (r)");
    ddl.add("ALTER TABLE %s ALTER big SET STORAGE EXTERNAL".formatted(t));
    ddl.add("CREATE TABLE %1$s_1 PARTITION OF %1$s FOR VALUES IN (1)".formatted(t));
    ddl.add(
        "CREATE TABLE %s_2 (gone int, big text, code int NOT NULL, id int NOT NULL, v text,"
                .formatted(t)
            + " r int NOT NULL)");
    ddl.add("ALTER TABLE %s_2 DROP gone, ALTER big SET STORAGE EXTERNAL".formatted(t));
    ddl.add("ALTER TABLE %s_2 REPLICA IDENTITY FULL".formatted(t));
    ddl.add("ALTER TABLE %1$s ATTACH PARTITION %1$s_2 FOR VALUES IN (2)".formatted(t));
    ddl.add("CREATE UNIQUE INDEX %1$s_i ON %1$s (code, r)".formatted(t));
    switch (primaryKey) {
      case ROOT -> ddl.add("ALTER TABLE %s ADD PRIMARY KEY (id, r)".formatted(t));
      case LEAF -> ddl.add("ALTER TABLE %s_1 ADD PRIMARY KEY (id)".formatted(t));
      case NONE -> {}
    }
    ddl.add("CREATE UNIQUE INDEX %1$s_own ON %1$s_1 (code)".formatted(t));
    ddl.add("CREATE UNIQUE INDEX %1$s_wide ON %1$s_1 (r, code, id)".formatted(t));
    String identity = "ALTER TABLE %s REPLICA IDENTITY %s";
    ddl.add(
        identity.formatted(t, root == Root.INDEX ? "USING INDEX " + t + "_i" : root.toString()));
    ddl.add(
        identity.formatted(
            t + "_1",
            switch (leaf) {
              case DEFAULT, NOTHING, FULL -> leaf.toString();
              case OWN_INDEX -> "USING INDEX " + t + "_own";
              case WIDE_INDEX -> "USING INDEX " + t + "_wide";
              case ROOTS_INDEX -> "USING INDEX " + t + "_1_code_r_idx";
            }));
    return new Shape(
        "primary key on %s, root %s, leaf %s, by %s"
            .formatted(primaryKey, root, leaf, viaRoot ? "root" : "leaf"),
        ddl,
        viaRoot ? List.of(t) : List.of(t + "_1", t + "_2"),
        viaRoot ? fits(primaryKey, root, leaf) : isIdentified(primaryKey, leaf),
        before(t),
        during(t));
  }

  private static boolean isIdentified(PrimaryKey primaryKey, Leaf leaf) {
    return leaf == Leaf.FULL || !sent(primaryKey, leaf).isEmpty();
  }

  /** Whether old rows of the leaf have the key that its rows have under the root's name. */
  private static boolean fits(PrimaryKey primaryKey, Root root, Leaf leaf) {
    Set<String> key =
        switch (root) {
          case DEFAULT, FULL -> primaryKey == PrimaryKey.ROOT ? Set.of("id", "r") : Set.of();
          case NOTHING -> Set.of();
          case INDEX -> Set.of("code", "r");
        };
    return leaf == Leaf.FULL || (!key.isEmpty() && sent(primaryKey, leaf).containsAll(key));
  }

  private static Set<String> sent(PrimaryKey primaryKey, Leaf leaf) {
    return switch (leaf) {
      case DEFAULT ->
          switch (primaryKey) {
            case ROOT -> Set.of("id", "r");
            case LEAF -> Set.of("id");
            case NONE -> Set.of();
          };
      case NOTHING -> Set.of();
      case FULL -> Set.of("id", "r", "code", "v", "big");
      case OWN_INDEX -> Set.of("code");
      case WIDE_INDEX -> Set.of("id", "r", "code");
      case ROOTS_INDEX -> Set.of("code", "r");
    };
  }

  private static List<String> before(String t) {
    return List.of(
        "INSERT INTO %s SELECT i, 1 + i %% 2, i, 'v', %s FROM generate_series(1, 20) i"
            .formatted(t, Shape.big("i")));
  }

  private static List<String> during(String t) {
    return List.of(
        "INSERT INTO %s SELECT i, 1 + i %% 2, i, 'v', %s FROM generate_series(21, 26) i"
            .formatted(t, Shape.big("i")),
        "UPDATE %s SET v = 'w' WHERE id IN (1, 2, 21, 22)".formatted(t),
        "UPDATE %s SET id = id + 100 WHERE id IN (3, 4)".formatted(t),
        "UPDATE %s SET code = code + 100 WHERE id IN (5, 6)".formatted(t),
        "UPDATE %s SET id = id + 100, code = code + 100 WHERE id IN (7, 8)".formatted(t),
        "UPDATE %s SET r = 3 - r WHERE id IN (9, 10)".formatted(t),
        "UPDATE %s SET big = %s WHERE id IN (11, 12)".formatted(t, Shape.big("-id")),
        "DELETE FROM %s WHERE id IN (13, 14, 103, 23)".formatted(t));
  }
}
