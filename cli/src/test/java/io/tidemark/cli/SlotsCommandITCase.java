package io.tidemark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.TestDatabase;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class SlotsCommandITCase {
  @RegisterExtension static final PostgresExtension POSTGRES = PostgresExtension.builder().build();

  @TempDir private Path directory;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void slotsAreListedWithTheWalTheyHoldAndDropped(TestDatabase database) throws Exception {
    assertThat(slots()).isZero();
    assertThat(out.toString()).isEqualToIgnoringNewLines("no replication slots");

    database.query("SELECT pg_create_logical_replication_slot('mine', 'pgoutput')");
    database.execute("CREATE TABLE filler AS SELECT md5(i::text) FROM generate_series(1, 50000) i");
    assertThat(slots("list")).isZero();
    assertThat(out.toString())
        .containsPattern("mine +pgoutput +" + database.name() + " +- +[0-9.]+ MB +reserved");

    assertThat(slots("drop", "mine")).isZero();
    assertThat(database.queryLong("SELECT count(*) FROM pg_replication_slots")).isZero();
  }

  @Test
  void aSlotThatDoesNotExistIsAFailure() throws Exception {
    assertThat(slots("drop", "nobodys")).isEqualTo(1);
    assertThat(err.toString()).contains("slot 'nobodys' does not exist");
  }

  @Test
  void wrongUsageTouchesNoServer() throws Exception {
    assertThat(slots("drop")).isEqualTo(2);
    assertThat(slots("list", "mine")).isEqualTo(2);
    assertThat(slots("remove", "mine")).isEqualTo(2);
    assertThat(err.toString()).contains("name the slot to drop", "'remove' is not list or drop");
  }

  private int slots(String... arguments) throws Exception {
    TestDatabase database = POSTGRES.database();
    Path password = Files.writeString(directory.resolve("password"), database.password() + "\n");
    List<String> all = new ArrayList<>(List.of("slots", "--url", database.primaryUrl(), "--user"));
    all.addAll(List.of(database.user(), "--password-file", password.toString()));
    Collections.addAll(all, arguments);
    CommandLine tidemark = Tidemark.commandLine();
    tidemark.setOut(new PrintWriter(out, true));
    tidemark.setErr(new PrintWriter(err, true));
    return tidemark.execute(all.toArray(String[]::new));
  }
}
