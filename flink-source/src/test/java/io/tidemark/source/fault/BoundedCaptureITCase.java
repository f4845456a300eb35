package io.tidemark.source.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.TableName;
import io.tidemark.postgres.change.Change;
import io.tidemark.source.StartMode;
import io.tidemark.source.run.StreamOrder;
import io.tidemark.source.run.TableImage;
import io.tidemark.source.run.Writer;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.TestDatabase;
import java.sql.Connection;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A capture that ends with its dumps. */
class BoundedCaptureITCase {
  private static final TableName TABLE = new TableName("public", "t");

  @RegisterExtension
  static final PostgresExtension POSTGRES = PostgresExtension.builder().standbys(1).build();

  @Test
  void aDumpAloneEndsBetweenTwoTransactions() throws Exception {
    TestDatabase database = POSTGRES.database();
    HeldDump.makeTable(database);
    try (Writer writer = Writer.start(database, 48);
        HeldDump dump =
            HeldDump.start(
                database,
                1,
                s ->
                    s.capture(
                        c -> c.startMode(StartMode.dumpOnly()).replica(database.standbyUrl(0))))) {
      dump.goOn();
      dump.run().awaitEnd();
      writer.stop();
      StreamOrder.check(dump.run().changes());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void aDumpAloneHoldsWhatWasWrittenMeanwhileAndEndsWithoutItsSlot(int lanes) throws Exception {
    TestDatabase database = POSTGRES.database();
    HeldDump.makeTable(database);
    try (Writer writer = Writer.start(database, 47);
        HeldDump dump =
            HeldDump.start(
                database,
                lanes,
                s ->
                    s.capture(
                        c -> c.startMode(StartMode.dumpOnly()).replica(database.standbyUrl(0))))) {
      writer.stop();
      database.execute(
          "UPDATE t SET n = n + 1",
          "UPDATE t SET a = a + 100000 WHERE a % 10 = 0",
          "DELETE FROM t WHERE a % 10 = 1");
      dump.goOn();
      dump.run().awaitEnd();
      List<Change> all = dump.run().changes();
      try (Connection connection = database.connect()) {
        assertThat(TableImage.fold(all, TABLE))
            .isEqualTo(TableImage.read(connection, TableImage.schema(all, TABLE)));
      }
      StreamOrder.check(all);
      assertThat(
              database.queryLong(
                  "SELECT count(*) FROM pg_replication_slots WHERE slot_name = '"
                      + database.slot()
                      + "'"))
          .as("its slot")
          .isZero();
    }
  }
}
