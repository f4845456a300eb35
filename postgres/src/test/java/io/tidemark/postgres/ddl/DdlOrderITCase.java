package io.tidemark.postgres.ddl;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.ddl.DdlDatabase.Described;
import io.tidemark.postgres.ddl.DdlDatabase.Entry;
import io.tidemark.postgres.ddl.DdlDatabase.Other;
import io.tidemark.postgres.pgoutput.PgOutputMessage.Insert;
import io.tidemark.postgres.pgoutput.PgOutputMessage.Relation;
import io.tidemark.postgres.pgoutput.PgOutputMessage.RelationColumn;
import io.tidemark.testkit.postgres.PostgresCluster;
import io.tidemark.testkit.postgres.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A description comes before the first row that was written under its structure and after the last
 * one before: in random transactions with savepoints, handlers of errors, triggers that have some,
 * and more than decoding keeps in memory.
 */
@Tag("once") // runs on all of them
class DdlOrderITCase {
  private static final int TRANSACTIONS = 30;

  /** Rows, descriptions, and rows of another structure than was last described. */
  private record Order(int rows, int described, List<String> misplaced) {}

  @ParameterizedTest
  @ValueSource(ints = {14, 15, 16, 17, 18})
  void aDescriptionKeepsItsPlaceAmongRowsAndWithoutItsPadDoesNot(int major) throws SQLException {
    long seed = System.nanoTime();
    System.out.println("aDescriptionKeepsItsPlace on " + major + " seed " + seed);
    try (PostgresCluster cluster =
            PostgresCluster.builder()
                .major(major)
                .setting("max_prepared_transactions", "5")
                .setting("logical_decoding_work_mem", "64kB")
                .start();
        TestDatabase database = TestDatabase.create(cluster)) {
      DdlDatabase ddl = DdlDatabase.install(database);
      database.execute(
          "CREATE TABLE t (id bigserial PRIMARY KEY, x text)",
          "CREATE TABLE audit (id bigint)",
          """
          CREATE FUNCTION handling() RETURNS trigger LANGUAGE plpgsql AS $$
          BEGIN
            BEGIN
              INSERT INTO audit VALUES (NEW.id);
              IF NEW.id % 3 = 0 THEN
                RAISE 'not this one';
              END IF;
            EXCEPTION WHEN raise_exception THEN
              NULL;
            END;
            RETURN NEW;
          END $$""",
          "CREATE TRIGGER handling AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION handling()");
      Map<Integer, List<String>> structures = new HashMap<>();
      write(ddl, new Random(seed));

      Order order = order(ddl.take(), structures);

      assertThat(order.misplaced()).as("seed %d", seed).isEmpty();
      assertThat(order.rows()).isGreaterThan(1000);
      assertThat(order.described()).isGreaterThan(TRANSACTIONS / 2);
      assertThat(spilled(database)).isPositive();

      removePad(database);
      write(ddl, new Random(seed + 1));
      assertThat(order(ddl.take(), structures).misplaced()).as("without its pad").isNotEmpty();
    }
  }

  private static void removePad(TestDatabase database) throws SQLException {
    String emit = database.query("SELECT pg_get_functiondef('tidemark.emit(jsonb)'::regprocedure)");
    String without = emit.replace("PERFORM pg_logical_emit_message(true, 'tidemark.pad', '');", "");
    assertThat(without).isNotEqualTo(emit);
    database.execute(without);
  }

  private static long spilled(TestDatabase database) throws SQLException {
    return database.queryLong(
        "SELECT coalesce(sum(spill_txns), 0) FROM pg_stat_replication_slots WHERE slot_name = '%s'"
            .formatted(database.slot()));
  }

  private static Order order(
      List<List<Entry>> transactions, Map<Integer, List<String>> structures) {
    int rows = 0;
    int described = 0;
    List<String> misplaced = new ArrayList<>();
    for (List<Entry> transaction : transactions) {
      for (Entry entry : transaction) {
        if (entry instanceof Described one) {
          described++;
          assertThat(one.statement().event()).isNotEqualTo(DdlStatement.Event.GAP);
          for (TableStructure table : one.statement().tables()) {
            structures.put(
                table.oid(), table.columns().stream().map(ColumnStructure::name).toList());
          }
        } else if (entry instanceof Other other && other.message() instanceof Insert insert) {
          rows++;
          Relation relation = insert.relation();
          List<String> columns = relation.columns().stream().map(RelationColumn::name).toList();
          if (!columns.equals(structures.get(relation.oid()))) {
            misplaced.add(
                "row %d of %s%s, described as %s"
                    .formatted(rows, relation.name(), columns, structures.get(relation.oid())));
          }
        }
      }
    }
    return new Order(rows, described, misplaced);
  }

  private static void write(DdlDatabase database, Random random) throws SQLException {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      statement.execute("SET client_min_messages = error");
      for (int i = 0; i < TRANSACTIONS; i++) {
        statement.execute("BEGIN");
        int savepoints = 0;
        for (int n = 1 + random.nextInt(8); n > 0; n--) {
          switch (random.nextInt(10)) {
            case 0 -> statement.execute("SAVEPOINT s" + savepoints++);
            case 1 -> {
              if (savepoints > 0) {
                // The savepoint stays, those behind it go.
                int to = random.nextInt(savepoints);
                statement.execute("ROLLBACK TO s" + to);
                savepoints = to + 1;
              }
            }
            case 2 -> {
              if (savepoints > 0) {
                statement.execute("RELEASE s" + --savepoints);
              }
            }
            default -> statement.execute(change(random));
          }
        }
        end(statement, random);
      }
    }
  }

  private static void end(Statement statement, Random random) throws SQLException {
    switch (random.nextInt(6)) {
      case 0 -> statement.execute("ROLLBACK");
      case 1 -> {
        statement.execute("PREPARE TRANSACTION 'p'");
        statement.execute("COMMIT PREPARED 'p'");
      }
      case 2 -> {
        statement.execute("PREPARE TRANSACTION 'p'");
        statement.execute("ROLLBACK PREPARED 'p'");
      }
      default -> statement.execute("COMMIT");
    }
  }

  private static String change(Random random) {
    String column = "c" + random.nextInt(Integer.MAX_VALUE);
    String row = "INSERT INTO t (x) VALUES (repeat('x', %d))".formatted(random.nextInt(200));
    return switch (random.nextInt(7)) {
      case 0 -> row;
      case 1 -> "INSERT INTO t (x) SELECT repeat('y', 500) FROM generate_series(1, 300)";
      case 2 -> "ALTER TABLE t ADD %s int DEFAULT 1; %s".formatted(column, row);
      case 3 ->
          "%s; ALTER TABLE t RENAME x TO %s; ALTER TABLE t RENAME %2$s TO x".formatted(row, column);
      case 4 ->
          """
          DO $$ BEGIN
            EXECUTE (SELECT 'ALTER TABLE t DROP ' || max(attname) FROM pg_attribute
              WHERE attrelid = 't'::regclass AND attnum > 0 AND attname ~ '^c' AND NOT attisdropped HAVING count(*) > 5);
            %s;
          EXCEPTION WHEN null_value_not_allowed THEN
            %1$s;
          END $$"""
              .formatted(row);
      case 5 ->
          """
          DO $$ BEGIN
            BEGIN
              %s;
              ALTER TABLE t ADD %s text;
              %1$s;
              IF %b THEN
                RAISE 'back';
              END IF;
            EXCEPTION WHEN raise_exception THEN
              %1$s;
              ALTER TABLE t ADD %2$s_again int;
              %1$s;
            END;
            %1$s;
          END $$"""
              .formatted(row, column, random.nextBoolean());
      default -> "ALTER TABLE t ADD %s date".formatted(column);
    };
  }
}
