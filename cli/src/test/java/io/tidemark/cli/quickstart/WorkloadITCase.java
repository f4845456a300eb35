package io.tidemark.cli.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.cli.quickstart.DdlWriter.Step;
import io.tidemark.postgres.TableName;
import io.tidemark.testkit.Await;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class WorkloadITCase {
  @RegisterExtension static final PostgresExtension POSTGRES = PostgresExtension.builder().build();

  private final DemoSchema schema = DemoSchema.ofRows(4_000);

  @Test
  void theDemoDatabaseHasAsManyRowsAsAskedFor(TestDatabase database) throws SQLException {
    database.execute(schema.statements().toArray(String[]::new));

    long rows = 0;
    for (TableName table : DemoSchema.TABLES) {
      rows += database.queryLong("SELECT count(*) FROM " + table.quoted());
    }
    assertThat(rows).isEqualTo(4_000);
  }

  @Test
  void tablesChangeAsTheWriterOfDdlKnows(TestDatabase database) throws Exception {
    database.execute(schema.statements().toArray(String[]::new));
    database.execute("CREATE PUBLICATION tidemark FOR TABLE items");
    Set<Step> steps = EnumSet.allOf(Step.class);
    try (Connection connection = database.connect()) {
      connection.setAutoCommit(false);
      DdlWriter writer = new DdlWriter(connection, new SplittableRandom(42), steps);
      for (int i = 0; i < 10 * steps.size(); i++) {
        writer.step();
        if (i % 7 == 3) {
          connection.rollback();
          writer.rolledBack();
        } else {
          connection.commit();
          writer.committed();
        }
      }
      for (ItemTable table : writer.tables()) {
        assertThat(columns(database, table.name()))
            .isEqualTo(
                table.columns().stream()
                    .map(
                        column ->
                            column.name()
                                + " "
                                + column.type().name()
                                + (column.role() == table.key() ? " key" : ""))
                    .collect(Collectors.joining(", ")));
      }
      assertThat(
              database.queryLong(
                  "SELECT count(*) FROM pg_publication_tables WHERE pubname = 'tidemark'"))
          .isEqualTo(writer.tables().size());
      assertThat(writer.tables())
          .as("one has another name")
          .anyMatch(table -> table.names().size() > 1);
    }
    for (String altered : List.of("orders", "events", "sessions")) {
      assertThat(
              database.queryLong(
                  "SELECT count(*) FROM pg_attribute WHERE attrelid = '%s'::regclass AND atthasmissing"
                      .formatted(altered)))
          .as(altered)
          .isPositive();
    }
  }

  private static String columns(TestDatabase database, String table) throws SQLException {
    return database.query(
        """
        SELECT string_agg(concat_ws(' ', attname,
                 CASE format_type(atttypid, atttypmod) WHEN 'integer' THEN 'INT'
                   WHEN 'bigint' THEN 'BIGINT' WHEN 'text' THEN 'TEXT'
                   WHEN 'character varying(200)' THEN 'VARCHAR' ELSE 'TIME' END,
                 CASE WHEN attnum = ANY (indkey) THEN 'key' END), ', ' ORDER BY attnum)
          FROM pg_attribute LEFT JOIN pg_index ON indrelid = attrelid AND indisprimary
         WHERE attrelid = '%s'::regclass AND attnum > 0 AND NOT attisdropped"""
            .formatted(table));
  }

  @Test
  void everyTableIsWrittenToUntilItStops(TestDatabase database) throws Exception {
    database.execute(schema.statements().toArray(String[]::new));
    Workload workload = new Workload(database::connect, schema, 2_000, Set.of());

    workload.start(42);
    Await.until(
        "every kind of change",
        Duration.ofSeconds(30),
        () -> {
          workload.check();
          database.execute("SELECT pg_stat_clear_snapshot()");
          return database.queryLong(
                      "SELECT count(*) FROM pg_stat_user_tables WHERE relname IN"
                          + " ('orders', 'documents', 'measurements_0') AND n_tup_ins > 0"
                          + " AND n_tup_upd > 0 AND n_tup_del > 0")
                  == 3
              && database.queryLong("SELECT count(*) FROM events WHERE kind = 'written'") > 0
              && workload.rolledBack() > 0;
        });
    workload.stop();

    assertThat(workload.committed()).isPositive();
    assertThat(workload.changed()).isZero();
    String before = database.query("SELECT pg_current_xact_id()");
    assertThat(database.queryLong("SELECT pg_current_xact_id()::text::bigint - " + before))
        .isEqualTo(1);
  }
}
