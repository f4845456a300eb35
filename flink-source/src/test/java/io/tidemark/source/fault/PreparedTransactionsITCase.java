package io.tidemark.source.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.source.PostgresCapture;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.TestDatabase;
import java.sql.SQLException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Transactions that are prepared before, and end while, their table is dumped. */
class PreparedTransactionsITCase {
  @RegisterExtension
  static final PostgresExtension POSTGRES =
      PostgresExtension.builder().standbys(1).setting("max_prepared_transactions", "10").build();

  private TestDatabase database;

  @BeforeEach
  void makeTableAndSlot() throws Exception {
    database = POSTGRES.database();
    HeldDump.makeTable(database);
    database.execute("CREATE PUBLICATION tidemark FOR TABLE t");
    // Making a slot waits for prepared transactions, too.
    database.query(
        "SELECT pg_create_logical_replication_slot('" + database.slot() + "', 'pgoutput')");
  }

  @ParameterizedTest
  @CsvSource({
    "standby, 1, COMMIT",
    "standby, 4, COMMIT",
    "primary, 1, COMMIT",
    "standby, 1, ROLLBACK",
    "primary, 1, ROLLBACK"
  })
  void preparedBeforeTheDumpAndEndedInItsMiddle(String source, int lanes, String end)
      throws Exception {
    prepare();
    try (HeldDump dump = start(source, lanes)) {
      // The other rows go on changing, before and after, with newer and with older xids.
      database.execute("UPDATE t SET n = n + 10 WHERE a % 4 = 1");
      end(end);
      database.execute("UPDATE t SET n = n + 100");
      dump.awaitEqual("t");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"standby", "primary"})
  void preparedInTheDumpAndCommittedAfterTheServerCrashed(String source) throws Exception {
    try (HeldDump dump = start(source, 1)) {
      prepare();
      POSTGRES.cluster().primary().crash();
      POSTGRES.cluster().primary().start();
      assertThat(prepared()).isEqualTo(1);
      database.execute("UPDATE t SET n = n + 10 WHERE a % 4 = 1");
      end("COMMIT");
      dump.awaitEqual("t");
    }
  }

  @Test
  void aPreparedTruncateHoldsUpTheDumpUntilItIsCommitted() throws Exception {
    try (HeldDump dump = start("standby", 1)) {
      database.execute(
          "BEGIN",
          "TRUNCATE t",
          "INSERT INTO t SELECT i, 'new', repeat('x', 3000), i FROM generate_series(1, 100) i",
          "PREPARE TRANSACTION '" + database.name() + "'");
      dump.goOn();
      dump.run().awaitCaughtUp();
      assertThat(dump.run().metric("dumpsOpen")).isEqualTo(1);
      end("COMMIT");
      dump.awaitEqual("t");
    }
  }

  private HeldDump start(String source, int lanes) throws Exception {
    return HeldDump.start(database, lanes, s -> s.capture(c -> from(source, c)));
  }

  private PostgresCapture.Builder from(String source, PostgresCapture.Builder capture) {
    return source.equals("primary")
        ? capture.dumpFromPrimary()
        : capture.replica(database.standbyUrl(0));
  }

  private void prepare() throws SQLException {
    database.execute(
        "BEGIN",
        "UPDATE t SET n = n + 1 WHERE a % 4 = 0",
        "UPDATE t SET a = a + 100000 WHERE a % 20 = 4",
        "DELETE FROM t WHERE a % 20 = 8",
        "INSERT INTO t SELECT i, 'new', repeat('x', 3000), i FROM generate_series(20001, 20100) i",
        "PREPARE TRANSACTION '" + database.name() + "'");
    assertThat(prepared()).isEqualTo(1);
  }

  private void end(String how) throws SQLException {
    database.execute(how + " PREPARED '" + database.name() + "'");
    assertThat(prepared()).isZero();
  }

  private long prepared() throws SQLException {
    return database.queryLong(
        "SELECT count(*) FROM pg_prepared_xacts WHERE database = current_database()");
  }
}
