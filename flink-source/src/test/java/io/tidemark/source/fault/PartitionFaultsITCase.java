package io.tidemark.source.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.Lsn;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.source.run.CaptureRun;
import io.tidemark.source.run.StreamOrder;
import io.tidemark.source.run.TableImage;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Partitioned tables that change, in rows and in partitions, while they are dumped. */
class PartitionFaultsITCase {
  private static final TableName ROOT = new TableName("public", "root");

  @RegisterExtension
  static final PostgresExtension POSTGRES =
      PostgresExtension.builder()
          .standbys(1)
          .cluster(cluster -> cluster.standbySetting("log_statement", "all"))
          .build();

  private TestDatabase database;

  private void makeTable(boolean viaRoot) throws SQLException {
    database = POSTGRES.database();
    database.execute(
        "CREATE TABLE root (a int, r int, big text, n int, PRIMARY KEY (a, r))"
            + " PARTITION BY LIST (r)",
        "ALTER TABLE root ALTER big SET STORAGE EXTERNAL",
        "CREATE TABLE leaf_1 PARTITION OF root FOR VALUES IN (1)",
        "CREATE TABLE leaf_2 PARTITION OF root FOR VALUES IN (2)",
        "CREATE TABLE leaf_3 PARTITION OF root FOR VALUES IN (3)",
        "INSERT INTO root SELECT i, 1 + i / 2000 % 3, repeat(md5(i::text), 70), 0"
            + " FROM generate_series(0, "
            + (HeldDump.ROWS - 1)
            + ") i",
        "CREATE PUBLICATION tidemark FOR TABLE root WITH (publish_via_partition_root = "
            + viaRoot
            + ")");
  }

  private HeldDump start(int lanes) throws Exception {
    return HeldDump.start(database, lanes, s -> s.capture(c -> c.replica(database.standbyUrl(0))));
  }

  private static void awaitEqual(HeldDump dump, boolean viaRoot) throws Exception {
    dump.goOn();
    dump.run().awaitDumped();
    for (String table : viaRoot ? List.of("root") : List.of("leaf_1", "leaf_2", "leaf_3")) {
      dump.run().awaitEqual(table);
    }
  }

  @ParameterizedTest
  @CsvSource({"true, 1", "true, 4", "false, 1", "false, 4"})
  void rowsMoveBetweenPartitions(boolean viaRoot, int lanes) throws Exception {
    makeTable(viaRoot);
    try (HeldDump dump = start(lanes)) {
      database.execute(
          "UPDATE root SET r = 1 + r % 3 WHERE a % 2 = 0",
          "UPDATE root SET n = n + 1 WHERE a % 5 = 0");
      dump.goOn();
      database.execute("UPDATE root SET r = 1 + r % 3, n = n + 1 WHERE a % 3 = 0");
      dump.run().awaitDumped();
      database.execute("UPDATE root SET r = 1 + r % 3 WHERE a % 7 = 0");
      awaitEqual(dump, viaRoot);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theRootIsTruncated(boolean viaRoot) throws Exception {
    makeTable(viaRoot);
    String refill =
        "INSERT INTO root SELECT i, 1 + i % 3, repeat('n', 3000), i FROM generate_series(1, 600) i";
    try (HeldDump dump = start(1)) {
      database.execute("TRUNCATE root", refill);
      awaitEqual(dump, viaRoot);
      database.execute("TRUNCATE root", refill, "UPDATE root SET n = n + 1");
      awaitEqual(dump, viaRoot);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void partitionsComeAndGo(boolean viaRoot) throws Exception {
    makeTable(viaRoot);
    try (HeldDump dump = start(1)) {
      comeAndGo(4);
      awaitEqual(dump, viaRoot);
      comeAndGo(5);
      awaitEqual(dump, viaRoot);
      dump.run().awaitEqual(viaRoot ? "root" : "leaf_5");
    }
  }

  /** One is attached while it is empty, and filled; one is detached when it is empty again. */
  private void comeAndGo(int number) throws SQLException {
    database.execute(
        "CREATE TABLE leaf_%d (a int NOT NULL, r int NOT NULL, big text, n int)".formatted(number),
        "ALTER TABLE leaf_%1$d ADD PRIMARY KEY (a, r)".formatted(number),
        "ALTER TABLE root ATTACH PARTITION leaf_%1$d FOR VALUES IN (%1$d)".formatted(number),
        "CREATE TABLE passing_%1$d PARTITION OF root FOR VALUES IN (1%1$d)".formatted(number),
        "UPDATE root SET r = %d WHERE a %% 10 = 0".formatted(number),
        "UPDATE root SET r = 1%d WHERE a %% 10 = 1".formatted(number),
        "UPDATE root SET r = 1 WHERE r = 1%d".formatted(number),
        "ALTER TABLE root DETACH PARTITION passing_%d".formatted(number),
        "UPDATE root SET n = n + 1 WHERE a % 4 = 0");
  }

  @Test
  void anAttachedPartitionsRowsComeWhenTheyAreWritten() throws Exception {
    makeTable(true);
    try (HeldDump dump = start(1)) {
      database.execute(
          "CREATE TABLE leaf_9 (LIKE root INCLUDING ALL)",
          "INSERT INTO leaf_9 SELECT i, 9, repeat('9', 3000), 0 FROM generate_series(1, 500) i",
          "ALTER TABLE root ATTACH PARTITION leaf_9 FOR VALUES IN (9)");
      if (database.queryLong("SHOW server_version_num") < 150_000) {
        // PostgreSQL 14 remembers that the table was not published, until the publication changes.
        database.execute("ALTER PUBLICATION tidemark SET (publish_via_partition_root = true)");
      }
      dump.goOn();
      dump.run().awaitDumped();
      dump.run().awaitCaughtUp();
      database.execute("UPDATE root SET big = big || '', n = 1 WHERE r = 9");
      dump.awaitEqual("root");
    }
  }

  @Test
  void aDetachedPartitionIsReadNoFurther() throws Exception {
    makeTable(true);
    try (HeldDump dump = start(1)) {
      database.execute(
          "ALTER TABLE root DETACH PARTITION leaf_3",
          "UPDATE leaf_3 SET n = -1",
          "UPDATE root SET n = n + 1 WHERE a % 3 = 0");
      dump.goOn();
      dump.run().awaitDumped();
      dump.run().awaitCaughtUp();
      List<Change> changes = dump.run().changes();
      assertThat(changes).noneMatch(c -> c instanceof RowChange row && row.getInt("n") == -1);
      StreamOrder.check(changes);
      // Rows of the detached one may have come before, and nothing tells that they are gone.
      try (Connection connection = database.connect()) {
        assertThat(TableImage.fold(changes, ROOT))
            .containsAllEntriesOf(TableImage.read(connection, TableImage.schema(changes, ROOT)));
      }
    }
  }

  @Test
  void aLeafThatStopsSendingTheRootsKeyEndsTheCaptureBeforeItsRows() throws Exception {
    database = POSTGRES.database();
    database.execute(
        "CREATE TABLE root (a int, r int, code int NOT NULL, PRIMARY KEY (a, r))"
            + " PARTITION BY LIST (r)",
        "CREATE TABLE leaf_1 PARTITION OF root FOR VALUES IN (1)",
        "CREATE TABLE leaf_2 PARTITION OF root FOR VALUES IN (2)",
        "CREATE UNIQUE INDEX leaf_1_code ON leaf_1 (code)",
        "INSERT INTO root VALUES (1, 1, 1), (2, 2, 2)");
    try (CaptureRun run = start("root")) {
      run.awaitEqual("root");
      database.execute(
          "ALTER TABLE leaf_1 REPLICA IDENTITY USING INDEX leaf_1_code",
          "INSERT INTO root VALUES (3, 1, 3)",
          "DELETE FROM root WHERE a = 2",
          "ALTER TABLE leaf_1 REPLICA IDENTITY DEFAULT",
          "UPDATE root SET a = 4 WHERE a = 3");
      run.awaitEqual("root");
      database.execute(
          "ALTER TABLE leaf_1 REPLICA IDENTITY USING INDEX leaf_1_code",
          "INSERT INTO root VALUES (5, 1, 5)");
      run.awaitEqual("root");
      assertEnds(
          run,
          "DELETE FROM root WHERE a = 1",
          "the key is [a, r], and the replica identity of public.leaf_1 is [code]. ALTER TABLE"
              + " \"public\".\"leaf_1\" REPLICA IDENTITY FULL");
    }
  }

  @Test
  void aPartitionThatIsAttachedHasToSendTheRootsKey() throws Exception {
    database = POSTGRES.database();
    database.execute(
        "CREATE TABLE root (a int NOT NULL, r int NOT NULL) PARTITION BY LIST (r)",
        "CREATE TABLE leaf_1 PARTITION OF root FOR VALUES IN (1)",
        "ALTER TABLE leaf_1 REPLICA IDENTITY FULL",
        "INSERT INTO root VALUES (1, 1)");
    try (CaptureRun run = start("root")) {
      run.awaitEqual("root");
      database.execute(
          "CREATE TABLE leaf_2 PARTITION OF root FOR VALUES IN (2)",
          "INSERT INTO root VALUES (2, 2)",
          "ALTER TABLE leaf_2 REPLICA IDENTITY FULL",
          "UPDATE root SET a = -a",
          "CREATE TABLE leaf_3 (r int NOT NULL, a int PRIMARY KEY)",
          "ALTER TABLE root ATTACH PARTITION leaf_3 FOR VALUES IN (3)",
          "INSERT INTO root VALUES (3, 3)");
      run.awaitEqual("root");
      assertEnds(
          run,
          "UPDATE root SET a = 4 WHERE a = 3",
          "the key is the whole row, and the replica identity of public.leaf_3 is [a]");
    }
  }

  private CaptureRun start(String table) throws Exception {
    return CaptureRun.of(database)
        .capture(c -> c.replica(database.standbyUrl(0)).tables("public." + table))
        .flink("restart-strategy.type", "none")
        .start();
  }

  /** The statement ends the capture, is not in it, and stays in the slot. */
  private void assertEnds(CaptureRun run, String sql, String message) throws SQLException {
    int captured = run.changes().size();
    Lsn before = Lsn.parse(database.query("SELECT pg_current_wal_insert_lsn()::text"));
    database.execute(sql);
    assertThat(run.awaitFailure()).contains(message);
    assertThat(run.changes().stream().skip(captured)).noneMatch(c -> c instanceof RowChange);
    assertThat(CaptureRun.confirmedFlush(database).compareTo(before)).isNotPositive();
  }
}
