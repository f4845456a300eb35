package io.tidemark.cli.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.TableName;
import io.tidemark.testkit.Await;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.TestDatabase;
import java.sql.SQLException;
import java.time.Duration;
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
  void everyTableIsWrittenToUntilItStops(TestDatabase database) throws Exception {
    database.execute(schema.statements().toArray(String[]::new));
    Workload workload = new Workload(database::connect, schema, 2_000);

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
    String before = database.query("SELECT pg_current_xact_id()");
    assertThat(database.queryLong("SELECT pg_current_xact_id()::text::bigint - " + before))
        .isEqualTo(1);
  }
}
