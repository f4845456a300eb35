package io.tidemark.postgres.setup;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.TableName;
import io.tidemark.postgres.connection.Endpoint;
import io.tidemark.postgres.connection.Password;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.TestDatabase;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.PGConnection;

/** What making a publication and a slot waits for, on a real server. */
class PatientSessionITCase {
  @RegisterExtension
  static final PostgresExtension POSTGRES =
      PostgresExtension.builder()
          .setting("wal_level", "logical")
          .setting("max_prepared_transactions", "2")
          .build();

  private static final Duration SOON = Duration.ofMillis(20);

  private final BlockingQueue<String> told = new LinkedBlockingQueue<>();
  private TestDatabase database;
  private Endpoint endpoint;

  private interface Work {
    void with(Connection session) throws SQLException;
  }

  @BeforeEach
  void table() throws SQLException {
    database = POSTGRES.database();
    database.execute("CREATE TABLE t (id int PRIMARY KEY)");
    endpoint =
        new Endpoint(
            database.primaryUrl(), database.user(), Password.of(database.password()), Map.of());
  }

  /** Does it on a patient session, in a thread of its own. */
  private CompletableFuture<Void> patiently(Work work) {
    return CompletableFuture.runAsync(
        () -> {
          try (PatientSession session =
              PatientSession.open(endpoint, Walsender.PROPERTIES, SOON, told::add)) {
            work.with(session.connection());
          } catch (SQLException | IOException e) {
            throw new CompletionException(e);
          }
        });
  }

  private void makeSlot(Connection session) throws SQLException {
    Slots.create(session, database.slot(), false);
  }

  private String word() throws InterruptedException {
    String word = told.poll(30, TimeUnit.SECONDS);
    assertThat(word).as("a word within 30 s").isNotNull();
    return word;
  }

  @Test
  void anOpenTransactionIsNamedUntilItEnds() throws Exception {
    CompletableFuture<Void> slot;
    try (Connection writer = database.connect();
        Statement statement = writer.createStatement()) {
      int pid = writer.unwrap(PGConnection.class).getBackendPID();
      statement.execute("SET application_name = 'ledger'");
      writer.setAutoCommit(false);
      statement.execute("INSERT INTO t VALUES (1)");
      slot = patiently(this::makeSlot);
      assertThat(word())
          .startsWith("waiting for the transaction of process " + pid)
          .contains(
              "user " + database.user(),
              "application ledger",
              "idle in transaction, 00:00:0",
              "old")
          .contains("WAL is not the matter");
      assertThat(slot).isNotDone();
      writer.commit();
    }
    slot.get(30, TimeUnit.SECONDS);
  }

  @Test
  void aPreparedTransactionIsNamed() throws Exception {
    try (Connection writer = database.connect();
        Statement statement = writer.createStatement()) {
      statement.execute("BEGIN; INSERT INTO t VALUES (1); PREPARE TRANSACTION 'half done'");
    }
    CompletableFuture<Void> slot = patiently(this::makeSlot);
    assertThat(word())
        .startsWith("waiting for the prepared transaction 'half done' of " + database.user())
        .contains("ROLLBACK PREPARED");
    database.execute("ROLLBACK PREPARED 'half done'");
    slot.get(30, TimeUnit.SECONDS);
  }

  @Test
  void whoHoldsATableThatIsToBePublishedIsNamed() throws Exception {
    CompletableFuture<Void> publication;
    try (Connection other = database.connect();
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute("ALTER TABLE t ADD note text");
      publication =
          patiently(
              session ->
                  Publications.create(session, "p", List.of(new TableName("public", "t")), true));
      assertThat(word())
          .contains("process " + other.unwrap(PGConnection.class).getBackendPID() + " (user");
      other.rollback();
    }
    publication.get(30, TimeUnit.SECONDS);
  }

  @Test
  void whatWaitsForNothingSaysNothing() throws Exception {
    patiently(
            session -> {
              try (Statement statement = session.createStatement()) {
                statement.execute("SELECT pg_sleep(0.3)");
              }
            })
        .get(30, TimeUnit.SECONDS);
    assertThat(told).isEmpty();
  }
}
