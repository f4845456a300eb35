package io.tidemark.cli.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.cli.TidemarkProcess;
import io.tidemark.cli.gateway.Consuming.Protocol;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.TestDatabase;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Rows that are asked for by their keys on the command line come to the consumers of their URI. */
@Tag("once")
class KeyDumpsITCase {
  private static final String URI = "shop";
  private static final int ROWS = 2_000;

  @RegisterExtension
  static final PostgresExtension POSTGRES = PostgresExtension.builder().standbys(1).build();

  @TempDir Path directory;

  @Test
  void theRowsOfTheKeysComeAndWhatIsNoKeyIsTold() throws Exception {
    TestDatabase database = POSTGRES.database();
    KeyWriter.makeTable(database, ROWS);
    try (DeliveryRecord record = DeliveryRecord.open(directory.resolve("record"));
        GatewayRun run = new GatewayRun(directory)) {
      run.startServer();
      run.submit(URI, database, Map.of());
      run.awaitJob(URI);
      try (Consuming consuming =
          Consuming.start(Protocol.OURS, run.target(), URI, "c", record::append)) {
        try (TidemarkProcess dump =
            run.dump(URI, "--key", "t=7", "--key", "public.t= 11 ", "--key", "t=999999")) {
          dump.awaitLine("1 of 1 ranges done");
        }
        assertThat(record.rows()).allMatch(RecordedRow::isRead);
        assertThat(record.rows()).extracting(RecordedRow::id).containsExactlyInAnyOrder(7, 11);
        assertThat(record.rows())
            .filteredOn(row -> row.id() == 11)
            .extracting(RecordedRow::big)
            .as("a large value")
            .containsExactly(
                database.query("SELECT md5(big) FROM t WHERE id = 11 AND length(big) > 2000"));
        try (TidemarkProcess dump = run.dump(URI, "--key", "t=seven")) {
          dump.awaitLine(
              "last problem: public.t, 1 key: a text is no value of column id of public.t");
        }
        consuming.check();
      }
    }
  }
}
