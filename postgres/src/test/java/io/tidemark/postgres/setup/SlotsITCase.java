package io.tidemark.postgres.setup;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.Column;
import io.tidemark.postgres.Lsn;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.catalog.CatalogReader;
import io.tidemark.postgres.catalog.PublishedSchema;
import io.tidemark.postgres.connection.Endpoint;
import io.tidemark.postgres.connection.Password;
import io.tidemark.postgres.types.TypeCatalog;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What is known of tables where a slot starts. */
class SlotsITCase {
  @RegisterExtension static final PostgresExtension POSTGRES = PostgresExtension.builder().build();

  private TestDatabase database;
  private Endpoint endpoint;

  @BeforeEach
  void tables() throws SQLException {
    database = POSTGRES.database();
    database.execute(
        "CREATE TABLE t (id int PRIMARY KEY, a text, b text)",
        "CREATE TABLE other (id int PRIMARY KEY, a text)",
        "CREATE TABLE parts (id int PRIMARY KEY) PARTITION BY RANGE (id)",
        "CREATE TABLE part PARTITION OF parts FOR VALUES FROM (0) TO (9)",
        "CREATE TABLE root (id int PRIMARY KEY) PARTITION BY RANGE (id)",
        "CREATE PUBLICATION p FOR ALL TABLES WITH (publish_via_partition_root = true)");
    endpoint =
        new Endpoint(
            database.primaryUrl(), database.user(), Password.of(database.password()), Map.of());
  }

  @Test
  void tablesAreReadAsTheyWereWhereASlotStarts() throws Exception {
    try (Connection walsender = Walsender.connect(endpoint);
        Connection connection = endpoint.connect()) {
      Slots.Made slot = Slots.create(walsender, database.slot(), true);
      database.execute(
          "ALTER TABLE t RENAME a TO aa",
          "ALTER TABLE t ADD a text",
          "ALTER TABLE other RENAME TO renamed",
          "CREATE TABLE newer (id int PRIMARY KEY)",
          "CREATE TABLE part2 PARTITION OF parts FOR VALUES FROM (9) TO (19)");

      assertThat(read(connection, slot.snapshot()))
          .containsExactly(
              Map.entry("other", "id 1, a 2"),
              Map.entry("parts", "id 1; 1 leaves"),
              Map.entry("root", "id 1"),
              Map.entry("t", "id 1, a 2, b 3"));
      assertThat(slot.start())
          .isEqualTo(Slots.require(connection, database.slot()).confirmedFlush());
      assertThat(slot.start()).isLessThan(Slots.walEnd(connection));
      assertThat(read(connection, null))
          .containsEntry("t", "id 1, aa 2, b 3, a 4")
          .containsKeys("newer", "renamed");
    }
  }

  @Test
  void whatChangedSinceASlotWasMadeIsKnown() throws Exception {
    try (Connection walsender = Walsender.connect(endpoint);
        Connection connection = endpoint.connect()) {
      Slots.create(walsender, database.slot(), true);
      List<Integer> oids = List.of(oid("t"), oid("other"), oid("parts"));
      assertThat(Slots.changedSince(connection, database.slot(), oids)).isEmpty();
      database.execute(
          "INSERT INTO other VALUES (1)", "ANALYZE other", "ALTER TABLE t RENAME a TO aa");
      assertThat(Slots.changedSince(connection, database.slot(), oids)).containsExactly(oid("t"));
      database.execute("CREATE UNIQUE INDEX ON other (id)");
      assertThat(Slots.changedSince(connection, database.slot(), oids))
          .containsExactlyInAnyOrder(oid("t"), oid("other"));
      database.execute(
          "ALTER SCHEMA public RENAME TO shown", "ALTER SCHEMA shown RENAME TO public");
      assertThat(Slots.changedSince(connection, database.slot(), oids))
          .containsExactlyInAnyOrderElementsOf(oids);
    }
  }

  @Test
  void whatASnapshotSeesIsBeforeItsEnd() throws Exception {
    try (Connection connection = endpoint.connect()) {
      database.execute("SET synchronous_commit = off", "INSERT INTO t VALUES (1)");
      Lsn end = Slots.visibleEnd(connection);
      assertThat(database.queryLong("SELECT count(*) FROM t")).isEqualTo(1);
      assertThat(end).isGreaterThanOrEqualTo(Slots.walEnd(connection));
    }
  }

  private int oid(String table) throws SQLException {
    return (int) database.queryLong("SELECT '%s'::regclass::oid::int8".formatted(table));
  }

  /** The columns of each table with their numbers, and how many partitions it has, if any. */
  private static Map<String, String> read(Connection connection, String snapshot)
      throws SQLException {
    Map<String, String> tables = new TreeMap<>();
    for (PublishedSchema table :
        new CatalogReader(connection, new TypeCatalog(), snapshot)
            .schemas("p", name -> name.schema().equals("public"))) {
      TableSchema schema = table.schema();
      List<String> columns = schema.columns().stream().map(SlotsITCase::describe).toList();
      String leaves =
          table.leaves().equals(List.of(schema.oid()))
              ? ""
              : "; %d leaves".formatted(table.leaves().size());
      tables.put(schema.name().name(), String.join(", ", columns) + leaves);
    }
    return tables;
  }

  private static String describe(Column column) {
    return column.name() + " " + column.number();
  }
}
