package io.tidemark.postgres.ddl;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.ddl.DdlDatabase.Described;
import io.tidemark.testkit.postgres.PostgresCluster;
import io.tidemark.testkit.postgres.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What was told last of a table has the key that the catalog has, whatever a key's index met. */
@Tag("once") // runs on all major versions
class DdlKeysITCase {
  private static final List<String> STATEMENTS =
      List.of(
          "CREATE TABLE t (id int PRIMARY KEY, k int NOT NULL UNIQUE, l int NOT NULL)",
          "CREATE UNIQUE INDEX t_l ON t (l)",
          "ALTER TABLE t REPLICA IDENTITY USING INDEX t_l",
          "DROP INDEX t_l",
          "CREATE UNIQUE INDEX t_l ON t (l)",
          "ALTER TABLE t REPLICA IDENTITY USING INDEX t_l",
          "DROP INDEX CONCURRENTLY t_l",
          "ALTER TABLE t REPLICA IDENTITY USING INDEX t_k_key",
          "ALTER TABLE t DROP CONSTRAINT t_k_key",
          "DO $$ BEGIN CREATE UNIQUE INDEX t_l ON t (l);"
              + " ALTER TABLE t REPLICA IDENTITY USING INDEX t_l; DROP INDEX t_l; END $$",
          "ALTER TABLE t REPLICA IDENTITY DEFAULT, DROP CONSTRAINT t_pkey",
          "CREATE TABLE p (id int NOT NULL) PARTITION BY RANGE (id)",
          "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (9)",
          "CREATE UNIQUE INDEX p_i ON p (id)",
          "ALTER TABLE p1 REPLICA IDENTITY USING INDEX p1_id_idx",
          "DROP INDEX p_i",
          "ALTER TABLE ONLY p ADD PRIMARY KEY (id)",
          "ALTER TABLE p1 ADD PRIMARY KEY (id)",
          "ALTER INDEX p_pkey ATTACH PARTITION p1_pkey",
          "CREATE FUNCTION box_cmp(box, box) RETURNS int LANGUAGE sql IMMUTABLE AS"
              + " 'SELECT CASE WHEN $1 < $2 THEN -1 WHEN $1 > $2 THEN 1 ELSE 0 END'",
          "CREATE OPERATOR CLASS box_ops DEFAULT FOR TYPE box USING btree AS OPERATOR 1 <,"
              + " OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,"
              + " FUNCTION 1 box_cmp(box, box)",
          "CREATE TABLE b (b box PRIMARY KEY)",
          "DROP OPERATOR CLASS box_ops USING btree CASCADE");

  private static final String KEYS =
      """
      SELECT pg_catalog.string_agg(c.relname || ' ' || c.relreplident::text
               || coalesce((SELECT ' primary ' || indkey::text FROM pg_index
                             WHERE indrelid = c.oid AND indisprimary AND indisvalid), '')
               || coalesce((SELECT ' identity ' || indkey::text FROM pg_index
                             WHERE indrelid = c.oid AND indisreplident), ''), ', '
             ORDER BY c.relname)
        FROM pg_class c
       WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
      """;

  @ParameterizedTest
  @ValueSource(ints = {14, 15, 16, 17, 18})
  void theKeyThatWasToldLastIsTheCatalogs(int major) throws SQLException {
    try (PostgresCluster cluster = PostgresCluster.builder().major(major).start();
        TestDatabase database = TestDatabase.create(cluster)) {
      DdlDatabase ddl = DdlDatabase.install(database);
      Map<String, String> told = new HashMap<>();
      try (Connection connection = ddl.connect();
          Statement statement = connection.createStatement()) {
        for (String each : STATEMENTS) {
          statement.execute(each);
          ddl.take().stream()
              .flatMap(List::stream)
              .map(entry -> ((Described) entry).statement())
              .flatMap(description -> description.tables().stream())
              .forEach(table -> told.put(table.name().name(), keys(table)));
          assertThat(told.values().stream().sorted().toList())
              .as(each)
              .isEqualTo(catalog(database));
        }
      }
    }
  }

  private static List<String> catalog(TestDatabase database) throws SQLException {
    return List.of(database.query(KEYS).split(", "));
  }

  private static String keys(TableStructure table) {
    return "%s %c%s%s"
        .formatted(
            table.name().name(),
            Character.toLowerCase(table.identity().name().charAt(0)),
            numbers(" primary ", table.primaryKey()),
            numbers(" identity ", table.identityKey()));
  }

  private static String numbers(String what, List<Integer> numbers) {
    return numbers.isEmpty()
        ? ""
        : what + String.join(" ", numbers.stream().map(String::valueOf).toList());
  }
}
