package io.tidemark.dump.chunk;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.dump.plan.PageRange;
import io.tidemark.postgres.Column;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.catalog.CatalogReader;
import io.tidemark.postgres.catalog.PhysicalTable;
import io.tidemark.postgres.types.TypeCatalog;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The chunks of a table together are the table, as it is published. */
class DumpedTablesITCase {
  @RegisterExtension
  static final PostgresExtension POSTGRES = PostgresExtension.builder().standbys(1).build();

  private TestDatabase database;
  private Dumps dumps;

  @BeforeEach
  void connect() {
    database = POSTGRES.database();
    dumps = new Dumps(POSTGRES.cluster(), database);
  }

  private void publish(String what) throws SQLException {
    database.execute("CREATE PUBLICATION p FOR " + what);
  }

  private static List<String> names(PhysicalTable table) {
    return table.schema().columns().stream().map(Column::name).toList();
  }

  private static List<String> keyNames(PhysicalTable table) {
    return IntStream.range(0, table.schema().keySize())
        .mapToObj(i -> names(table).get(table.schema().keyColumn(i)))
        .toList();
  }

  private int major() throws SQLException {
    return (int) database.queryLong("SELECT current_setting('server_version_num')::int / 10000");
  }

  @Test
  void compositeKeysAndToast() throws Exception {
    database.execute(
        "CREATE TABLE t (v text, b int, a int, big text, PRIMARY KEY (a, b))",
        "ALTER TABLE t ALTER big SET STORAGE EXTERNAL",
        "INSERT INTO t SELECT 'v' || i, i, i % 7, CASE WHEN i % 50 = 0 THEN repeat('x', 9000) END"
            + " FROM generate_series(1, 3000) i");
    publish("TABLE t");
    assertThat(keyNames(dumps.planOne("t"))).containsExactly("b", "a");
    List<String> expected =
        IntStream.rangeClosed(1, 3000)
            .mapToObj(
                i ->
                    "v"
                        + i
                        + "|"
                        + i
                        + "|"
                        + i % 7
                        + "|"
                        + (i % 50 == 0 ? "x".repeat(9000) : "null"))
            .sorted()
            .toList();
    assertThat(dumps.dump("t", 1)).isEqualTo(expected);
    assertThat(dumps.dump("t", 5)).isEqualTo(expected);
    assertThat(dumps.dump("t", 1 << 20)).isEqualTo(expected);
    assertThat(dumps.size(dumps.planOne("t")).bytes()).isGreaterThan(60 * 9000);
  }

  @Test
  void rowsPastThePlannedEndAreInTheLastRange() throws Exception {
    database.execute("CREATE TABLE t (i int PRIMARY KEY, v text)");
    publish("TABLE t");
    PhysicalTable table = dumps.planOne("t");
    database.execute("INSERT INTO t SELECT i, repeat('v', 1000) FROM generate_series(1, 100) i");
    POSTGRES.cluster().awaitReplay();
    try (ChunkSession session = dumps.open(dumps.standby())) {
      List<String> rows = new ArrayList<>();
      PageRange first = new PageRange(0, 3);
      ChunkResult result = Dumps.read(session, table, new ChunkRequest.Pages(first), rows);
      assertThat(result.reachedEnd(first)).isFalse();
      assertThat(result.tablePages()).isEqualTo(15);
      PageRange rest = PageRange.from(3);
      assertThat(Dumps.read(session, table, new ChunkRequest.Pages(rest), rows).reachedEnd(rest))
          .isTrue();
      assertThat(rows).hasSize(100);
      for (PageRange beyond :
          List.of(PageRange.from(0xFFFF_FFFEL), new PageRange(0xFFFF_FFFEL, 0x1_0000_0001L))) {
        result = Dumps.read(session, table, new ChunkRequest.Pages(beyond), rows);
        assertThat(result.rows()).isZero();
        assertThat(result.reachedEnd(beyond)).isTrue();
      }
    }
  }

  @Test
  void partitionsUnderTheirOwnName() throws Exception {
    partitioned();
    publish("TABLE root");
    assertThat(dumps.plan("root")).isEmpty();
    PhysicalTable leaf = dumps.planOne("leaf_b");
    assertThat(leaf.isViaRoot()).isFalse();
    // The leaf's columns are in another order than the root's.
    assertThat(names(leaf)).containsExactly("v", "i");
    assertThat(dumps.dump("leaf_b", 1)).containsExactly("b12|12", "b13|13");
    assertThat(dumps.dump("leaf_a", 1)).containsExactly("1|a1", "2|a2");
  }

  @Test
  void partitionsViaTheirRoot() throws Exception {
    partitioned();
    publish("TABLE root WITH (publish_via_partition_root)");
    List<PhysicalTable> leaves = dumps.plan("root");
    assertThat(leaves)
        .extracting(leaf -> leaf.physical().name())
        .containsExactly("leaf_a", "leaf_b", "leaf_c");
    assertThat(leaves)
        .allSatisfy(
            leaf -> {
              assertThat(leaf.isViaRoot()).isTrue();
              assertThat(leaf.name()).isEqualTo(new TableName("public", "root"));
              assertThat(names(leaf)).containsExactly("i", "v");
            });
    assertThat(dumps.dump("root", 1)).containsExactly("12|b12", "13|b13", "1|a1", "22|c22", "2|a2");
    assertThat(dumps.plan("leaf_a")).isEmpty();
  }

  private void partitioned() throws SQLException {
    database.execute(
        "CREATE TABLE root (gone int, i int PRIMARY KEY, v text) PARTITION BY RANGE (i)",
        "ALTER TABLE root DROP gone",
        "CREATE TABLE leaf_a PARTITION OF root FOR VALUES FROM (0) TO (10)",
        "CREATE TABLE leaf_b (v text, x int, i int PRIMARY KEY)",
        "ALTER TABLE leaf_b DROP x",
        "ALTER TABLE root ATTACH PARTITION leaf_b FOR VALUES FROM (10) TO (20)",
        "CREATE TABLE middle PARTITION OF root FOR VALUES FROM (20) TO (30) PARTITION BY LIST (i)",
        "CREATE TABLE leaf_c PARTITION OF middle FOR VALUES IN (22)",
        "INSERT INTO root VALUES (1, 'a1'), (2, 'a2'), (12, 'b12'), (13, 'b13'), (22, 'c22')");
  }

  @Test
  void inheritedRowsAreTheChildrensAlone() throws Exception {
    database.execute(
        "CREATE TABLE parent (i int PRIMARY KEY)",
        "CREATE TABLE child (v text) INHERITS (parent)",
        "INSERT INTO parent VALUES (1)",
        "INSERT INTO child VALUES (2, 'two')");
    publish("TABLE parent");
    assertThat(dumps.dump("parent", 9)).containsExactly("1");
    assertThat(dumps.dump("child", 9)).containsExactly("2|two");
  }

  @Test
  void columnListsAndRowFilters() throws Exception {
    Assumptions.assumeTrue(major() >= 15, "column lists and row filters came with PostgreSQL 15");
    database.execute(
        "CREATE TABLE t (i int PRIMARY KEY, secret text, m text, d date)",
        "INSERT INTO t VALUES (1, 'x', 'good', '2024-03-04'), (2, 'x', 'bad', '2024-03-04'),"
            + " (3, 'x', 'good', NULL), (4, 'x', 'good', '2024-03-06')");
    publish(
        "TABLE t (m, i) WHERE (m = 'good' AND d < '2024-03-05' OR m = 'good' AND i = 3)"
            + " WITH (publish = 'insert')");
    PhysicalTable table = dumps.planOne("t");
    assertThat(names(table)).containsExactly("i", "m");
    assertThat(dumps.dump("t", 1)).containsExactly("1|good", "3|good");
    // A key chunk is filtered, too.
    database.execute("UPDATE t SET m = 'bad' WHERE i = 1");
    try (ChunkSession session = dumps.open(dumps.standby())) {
      var keys = new ChunkRequest.Keys(Dumps.keys(session, table));
      database.execute("UPDATE t SET m = 'bad' WHERE i = 3");
      POSTGRES.cluster().awaitReplay();
      List<String> rows = new ArrayList<>();
      Dumps.read(session, table, keys, rows);
      assertThat(rows).isEmpty();
    }
  }

  @Test
  void rowFilterOfTheRootHoldsForItsLeaves() throws Exception {
    Assumptions.assumeTrue(major() >= 15, "row filters came with PostgreSQL 15");
    partitioned();
    publish("TABLE root WHERE (i % 2 = 0) WITH (publish_via_partition_root)");
    assertThat(dumps.dump("root", 1)).containsExactly("12|b12", "22|c22", "2|a2");
  }

  @Test
  void generatedColumnsAsTheStreamHasThem() throws Exception {
    database.execute(
        "CREATE TABLE t (g int GENERATED ALWAYS AS (i * 2) STORED, i int PRIMARY KEY)",
        "INSERT INTO t VALUES (DEFAULT, 4)");
    publish("TABLE t");
    assertThat(names(dumps.planOne("t"))).containsExactly("i");
    assertThat(dumps.dump("t", 1)).containsExactly("4");
    if (major() >= 18) {
      database.execute("ALTER PUBLICATION p SET (publish_generated_columns = stored)");
      assertThat(dumps.dump("t", 1)).containsExactly("8|4");
      database.execute("ALTER PUBLICATION p SET (publish_generated_columns = none)");
      database.execute("ALTER PUBLICATION p SET TABLE t (g, i)");
      assertThat(dumps.dump("t", 1)).containsExactly("8|4");
    }
  }

  @Test
  void typesWithoutBinaryOutputAreText() throws Exception {
    database.execute(
        "CREATE TABLE t (i int PRIMARY KEY, a aclitem[], b text)",
        "INSERT INTO t VALUES (1, '{postgres=r/postgres}', 'b'), (2, NULL, 'c')");
    publish("TABLE t");
    assertThat(dumps.dump("t", 1)).containsExactly("1|{postgres=r/postgres}|b", "2|null|c");
  }

  @Test
  void strangeNamesAreQuoted() throws Exception {
    String name = "a\"\"b.c\\ 'd";
    database.execute(
        "CREATE TABLE \"%s\" (\"%s\" int PRIMARY KEY, \"select\" text)".formatted(name, name),
        "INSERT INTO \"%s\" VALUES (1, 'one')".formatted(name));
    publish("ALL TABLES");
    assertThat(dumps.dump("a\"b.c\\ 'd", 1)).containsExactly("1|one");
    try (Connection connection = dumps.connect()) {
      CatalogReader catalog = new CatalogReader(connection, new TypeCatalog());
      assertThat(catalog.publishedTables("p").keySet())
          .containsExactly(new TableName("public", "a\"b.c\\ 'd"));
      assertThat(catalog.publishedTables("other")).isEmpty();
    }
  }

  @Test
  void keysFollowTheReplicaIdentity() throws Exception {
    database.execute(
        "CREATE TABLE plain (i int PRIMARY KEY, j int NOT NULL UNIQUE)",
        "CREATE TABLE whole (i int PRIMARY KEY, j int)",
        "ALTER TABLE whole REPLICA IDENTITY FULL",
        "CREATE TABLE by_index (i int PRIMARY KEY, j int NOT NULL, k int NOT NULL)",
        "CREATE UNIQUE INDEX by_j ON by_index (j) INCLUDE (k)",
        "ALTER TABLE by_index REPLICA IDENTITY USING INDEX by_j",
        "CREATE TABLE late (i int PRIMARY KEY DEFERRABLE)",
        "CREATE TABLE keyless (i int)");
    publish("ALL TABLES");
    assertThat(keyNames(dumps.planOne("plain"))).containsExactly("i");
    assertThat(keyNames(dumps.planOne("whole"))).containsExactly("i");
    assertThat(keyNames(dumps.planOne("by_index"))).containsExactly("j");
    assertThat(keyNames(dumps.planOne("late"))).isEmpty();
    assertThat(keyNames(dumps.planOne("keyless"))).isEmpty();
  }
}
