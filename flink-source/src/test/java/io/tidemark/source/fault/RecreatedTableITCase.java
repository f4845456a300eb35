package io.tidemark.source.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.TableName;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.Op;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.TestDatabase;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A table that is dropped, and made anew under its name, while it is dumped. */
class RecreatedTableITCase {
  private static final String AGAIN =
      "CREATE TABLE t (a int, b text, big text, n int, more text DEFAULT 'm', PRIMARY KEY (a, b))";

  /** Under all of the former one's keys, and others. */
  private static final String FILL =
      "INSERT INTO t SELECT i, 'k' || i % 7, repeat('new', 800), -1 FROM generate_series(1, "
          + (HeldDump.ROWS + 500)
          + ") i";

  @RegisterExtension
  static final PostgresExtension POSTGRES =
      PostgresExtension.builder()
          .standbys(1)
          .cluster(cluster -> cluster.standbySetting("log_statement", "all"))
          .build();

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void inAPublicationForAllTablesTheNewOneIsCaptured(int lanes) throws Exception {
    TestDatabase database = POSTGRES.database();
    HeldDump.makeTable(database);
    database.execute("CREATE PUBLICATION tidemark FOR ALL TABLES");
    try (HeldDump dump = start(database, lanes)) {
      database.execute("UPDATE t SET n = n + 1", "DROP TABLE t", AGAIN, FILL);
      dump.goOn();
      dump.run().awaitDumped();
      database.execute("UPDATE t SET n = n - 1 WHERE a % 2 = 0");
      // A row of the former table after the new one's would differ.
      dump.awaitEqual("t");
    }
  }

  @Test
  void inAPublicationOfTablesTheNewOneIsNoneOfThem() throws Exception {
    TestDatabase database = POSTGRES.database();
    HeldDump.makeTable(database);
    database.execute(
        "CREATE TABLE u (id int PRIMARY KEY, v text)",
        "INSERT INTO u SELECT i, 'u' FROM generate_series(1, 100) i",
        "CREATE PUBLICATION tidemark FOR TABLE t, u");
    try (HeldDump dump = start(database, 1)) {
      database.execute("DROP TABLE t", AGAIN, FILL, "UPDATE t SET n = n - 1");
      dump.goOn();
      dump.run().awaitDumped();
      int dumped = dump.run().changes().size();
      database.execute("UPDATE t SET n = n - 1", "UPDATE u SET v = 'v' WHERE id % 2 = 0");
      dump.awaitEqual("u");
      List<Change> changes = dump.run().changes();
      assertThat(changes).noneMatch(c -> c instanceof RowChange r && isOfT(r) && r.getInt("n") < 0);
      assertThat(changes.subList(dumped, changes.size()))
          .noneMatch(c -> c instanceof RowChange r && isOfT(r) && r.op() == Op.READ);
    }
  }

  private static boolean isOfT(RowChange row) {
    return row.schema().name().equals(new TableName("public", "t"));
  }

  private static HeldDump start(TestDatabase database, int lanes) throws Exception {
    return HeldDump.start(database, lanes, s -> s.capture(c -> c.replica(database.standbyUrl(0))));
  }
}
