package io.tidemark.source.shape;

import java.util.ArrayList;
import java.util.List;

/**
 * Tables by themselves: primary key, identity, columns that are generated or were dropped, in all
 * combinations.
 */
final class PlainShapes {
  private enum PrimaryKey {
    NONE,
    PLAIN,
    DEFERRABLE,
    GENERATED
  }

  private enum Identity {
    DEFAULT,
    NOTHING,
    FULL,
    INDEX,
    GENERATED_INDEX
  }

  private enum Generated {
    NONE,
    STORED,
    VIRTUAL
  }

  private PlainShapes() {}

  /**
   * All that a major version has.
   *
   * @param generatedPublished whether the publication has stored generated columns
   */
  static List<Shape> all(int major, boolean generatedPublished) {
    List<Shape> shapes = new ArrayList<>();
    for (PrimaryKey primaryKey : PrimaryKey.values()) {
      for (Identity identity : Identity.values()) {
        for (Generated generated : Generated.values()) {
          boolean inIndex =
              primaryKey == PrimaryKey.GENERATED || identity == Identity.GENERATED_INDEX;
          boolean exists =
              switch (generated) {
                case NONE -> !inIndex;
                case STORED -> true;
                case VIRTUAL -> major >= 18 && !inIndex;
              };
          if (exists) {
            for (boolean dropped : new boolean[] {false, true}) {
              String name = "plain%d".formatted(shapes.size());
              shapes.add(
                  new Combination(primaryKey, identity, generated, dropped)
                      .shape(name, major, generatedPublished));
            }
          }
        }
      }
    }
    return shapes;
  }

  private record Combination(
      PrimaryKey primaryKey, Identity identity, Generated generated, boolean dropped) {
    Shape shape(String t, int major, boolean generatedPublished) {
      List<String> ddl = new ArrayList<>();
      ddl.add(
          "CREATE TABLE %s (%sid int NOT NULL, code int NOT NULL, v text, big text%s)"
              .formatted(
                  t,
                  dropped ? "gone text, " : "",
                  switch (generated) {
                    case NONE -> "";
                    case STORED -> ", g int GENERATED ALWAYS AS (id * 2) STORED NOT NULL";
                    case VIRTUAL -> ", g int GENERATED ALWAYS AS (id * 2) VIRTUAL";
                  }));
      ddl.add("ALTER TABLE %s ALTER big SET STORAGE EXTERNAL".formatted(t));
      if (dropped) {
        ddl.add("ALTER TABLE %s DROP gone".formatted(t));
      }
      switch (primaryKey) {
        case NONE -> {}
        case PLAIN -> ddl.add("ALTER TABLE %s ADD PRIMARY KEY (id)".formatted(t));
        case DEFERRABLE -> ddl.add("ALTER TABLE %s ADD PRIMARY KEY (id) DEFERRABLE".formatted(t));
        case GENERATED -> ddl.add("ALTER TABLE %s ADD PRIMARY KEY (g)".formatted(t));
      }
      String identifies = "ALTER TABLE %s REPLICA IDENTITY ".formatted(t);
      switch (identity) {
        case DEFAULT, NOTHING, FULL -> ddl.add(identifies + identity);
        case INDEX -> {
          ddl.add("CREATE UNIQUE INDEX %1$s_i ON %1$s (code)".formatted(t));
          ddl.add(identifies + "USING INDEX %s_i".formatted(t));
        }
        case GENERATED_INDEX -> {
          ddl.add("CREATE UNIQUE INDEX %1$s_i ON %1$s (g)".formatted(t));
          ddl.add(identifies + "USING INDEX %s_i".formatted(t));
        }
      }
      return new Shape(
          "%s%s".formatted(this, generatedPublished ? ", generated columns published" : ""),
          ddl,
          List.of(t),
          isCaptured(major, generatedPublished),
          before(t),
          during(t));
    }

    private boolean isCaptured(int major, boolean generatedPublished) {
      boolean published = generated == Generated.STORED && generatedPublished;
      return switch (identity) {
        case NOTHING -> false;
        case DEFAULT ->
            switch (primaryKey) {
              case NONE, DEFERRABLE -> false;
              case PLAIN -> true;
              case GENERATED -> published;
            };
        case INDEX -> true;
        case GENERATED_INDEX -> published;
        case FULL -> generated == Generated.NONE || published || major < 18;
      };
    }

    private List<String> before(String t) {
      return List.of(
          "INSERT INTO %s (id, code, v, big) SELECT i, i, 'v', %s FROM generate_series(1, 9) i"
              .formatted(t, Shape.big("i")));
    }

    private List<String> during(String t) {
      return List.of(
          "INSERT INTO %s (id, code, v, big) SELECT i, i, 'v', %s FROM generate_series(10, 12) i"
              .formatted(t, Shape.big("i")),
          "UPDATE %s SET v = 'w' WHERE id IN (1, 10)".formatted(t),
          "UPDATE %s SET id = id + 100 WHERE id = 2".formatted(t),
          "UPDATE %s SET code = code + 100 WHERE id = 3".formatted(t),
          "UPDATE %s SET id = id + 100, code = code + 100 WHERE id = 4".formatted(t),
          "UPDATE %s SET big = %s WHERE id = 5".formatted(t, Shape.big("-id")),
          "DELETE FROM %s WHERE id IN (6, 102, 11)".formatted(t));
    }

    @Override
    public String toString() {
      return "primary key %s, identity %s, generated column %s%s"
          .formatted(primaryKey, identity, generated, dropped ? ", a dropped column" : "");
    }
  }
}
