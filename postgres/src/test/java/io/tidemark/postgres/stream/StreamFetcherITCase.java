package io.tidemark.postgres.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.postgres.Lsn;
import io.tidemark.postgres.change.Begin;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.Commit;
import io.tidemark.postgres.connection.Endpoint;
import io.tidemark.postgres.connection.Password;
import io.tidemark.postgres.setup.RefusedException;
import io.tidemark.postgres.setup.ServerIdentity;
import io.tidemark.postgres.setup.Slots;
import io.tidemark.postgres.setup.Walsender;
import io.tidemark.postgres.types.TypeCatalog;
import io.tidemark.testkit.Await;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.TestDatabase;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class StreamFetcherITCase {
  @RegisterExtension
  static final PostgresExtension POSTGRES =
      PostgresExtension.builder()
          .setting("wal_level", "logical")
          .setting("wal_sender_timeout", "2s")
          .build();

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final TypeCatalog TYPES = new TypeCatalog();

  private TestDatabase database;
  private Endpoint endpoint;
  private StreamOptions options;

  /** A change and the LSN that came with it. */
  private record Seen(Change change, long lsn) {
    @Override
    public String toString() {
      return change + " " + Lsn.format(lsn);
    }
  }

  @BeforeEach
  void slotAndPublication() throws Exception {
    database = POSTGRES.database();
    database.execute(
        "CREATE TABLE t (id int PRIMARY KEY, note text)",
        "ALTER TABLE t ALTER note SET STORAGE EXTERNAL",
        "CREATE PUBLICATION tidemark FOR ALL TABLES");
    endpoint =
        new Endpoint(
            database.primaryUrl(), database.user(), Password.of(database.password()), Map.of());
    try (Connection walsender = Walsender.connect(endpoint)) {
      Slots.create(walsender, database.slot(), false);
    }
    options = StreamOptions.of(endpoint, database.slot(), "tidemark");
  }

  @Test
  void aCutTransactionGoesOnWhereItWasCut() throws Exception {
    database.execute(
        "INSERT INTO t VALUES (-1, 'before')",
        "INSERT INTO t SELECT i, repeat('x', i % 3000) FROM generate_series(1, 20000) i",
        "INSERT INTO t VALUES (-2, 'after')");
    List<Seen> all;
    try (Capture capture = capture(StreamPosition.at(0))) {
      all = capture.untilCommits(3);
    }
    int begin = 3;
    Begin large = (Begin) all.get(begin).change();
    long restart = ((Commit) all.get(begin - 1).change()).endLsn();

    for (int cut : List.of(1, 2, 1023, 1024, 1025, 19_999, 20_000)) {
      long commitLsn = large.position().commitLsn();
      StreamPosition position =
          new StreamPosition(restart, commitLsn, cut, all.get(begin + cut).lsn());
      try (Capture capture = capture(position)) {
        assertThat(strings(capture.untilCommits(2)))
            .as("after change %d", cut)
            .isEqualTo(strings(all.subList(begin + cut + 1, all.size())));
      }
    }
    StreamPosition wrong =
        new StreamPosition(restart, large.position().commitLsn(), 5, all.get(begin + 6).lsn());
    try (Capture capture = capture(wrong)) {
      assertThatThrownBy(() -> capture.untilCommits(1))
          .isInstanceOf(IOException.class)
          .hasCauseInstanceOf(HistoryMismatchException.class);
    }
  }

  @Test
  void aLargeTransactionThatIsRolledBackLeavesNothing() throws Exception {
    database.execute(
        "ALTER DATABASE %s SET logical_decoding_work_mem = '64kB'".formatted(database.name()));
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      statement.execute("BEGIN; SAVEPOINT s; INSERT INTO t VALUES (1, 'little'); RELEASE s");
      statement.execute("INSERT INTO t SELECT i, repeat('x', 500) FROM generate_series(2, 1000) i");
      statement.execute("ROLLBACK");
    }
    database.execute("INSERT INTO t VALUES (-1, 'after')");
    try (Capture capture = capture(StreamPosition.at(0))) {
      assertThat(capture.untilCommits(1)).hasSize(3);
    }
  }

  @Test
  void onlyAcknowledgeMovesTheSlot() throws Exception {
    String before = confirmed();
    try (Capture capture = capture(StreamPosition.at(0))) {
      database.execute("INSERT INTO t VALUES (1, 'a')", "INSERT INTO t VALUES (2, 'b')");
      List<Seen> seen = capture.untilCommits(2);
      capture.untilHeartbeatBeyond(end(seen));
      assertThat(confirmed()).isEqualTo(before);

      long first = ((Commit) seen.get(2).change()).endLsn();
      capture.fetcher.acknowledge(first);
      awaitConfirmed(first);
    }
    assertThat(confirmed()).as("after closing").isNotEqualTo(before);
  }

  @Test
  void anIdleDatabaseReleasesWal() throws Exception {
    database.execute(
        "CREATE TABLE elsewhere (i int)",
        "DROP PUBLICATION tidemark",
        "CREATE PUBLICATION tidemark FOR TABLE t");
    try (Capture capture = capture(StreamPosition.at(0))) {
      for (int i = 0; i < 5; i++) {
        database.execute("INSERT INTO elsewhere SELECT generate_series(1, 1000)");
      }
      long end = Lsn.parse(database.query("SELECT pg_current_wal_flush_lsn()")).value();

      long heartbeat = capture.untilHeartbeatBeyond(end);
      capture.fetcher.acknowledge(heartbeat);

      awaitConfirmed(end);
    }
  }

  @Test
  void aRequestedHeartbeatComesAtOnce() throws Exception {
    try (Capture capture = capture(StreamPosition.at(0))) {
      capture.untilHeartbeatBeyond(0);
      for (int i = 0; i < 3; i++) {
        capture.fetcher.requestHeartbeat();
        capture.untilHeartbeatBeyond(0);
      }
    }
  }

  @Test
  void aReaderThatStopsDoesNotLoseTheConnection() throws Exception {
    database.execute("INSERT INTO t SELECT i, repeat('x', 1000) FROM generate_series(1, 60000) i");
    try (Capture capture = capture(StreamPosition.at(0))) {
      Capture.await(capture.fetcher);
      long pid = pid();
      long stop = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
      Await.until("twice wal_sender_timeout", PATIENCE, () -> System.nanoTime() - stop > 0);
      assertThat(pid()).isEqualTo(pid);
      assertThat(capture.untilCommits(1)).hasSize(60_002);
    }
  }

  @Test
  void closingIsQuickUnderBackPressureAndFreesTheSlot() throws Exception {
    database.execute("INSERT INTO t SELECT i, repeat('x', 1000) FROM generate_series(1, 60000) i");
    Capture capture = capture(StreamPosition.at(0));
    Capture.await(capture.fetcher);

    long start = System.nanoTime();
    capture.close();

    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));
    Await.until("the slot to be free", PATIENCE, () -> pid() == 0);
    try (Capture again = capture(StreamPosition.at(0))) {
      assertThat(again.untilCommits(1)).hasSize(60_002);
    }
  }

  @Test
  void aSlotInUseIsAwaitedThenRefusedWithItsPid() throws Exception {
    try (Capture first = capture(StreamPosition.at(0))) {
      first.untilHeartbeatBeyond(0);
      long pid = pid();
      StreamOptions impatient = options.waitingForSlot(Duration.ofMillis(300));
      try (Capture second = new Capture(impatient, StreamPosition.at(0))) {
        assertThatThrownBy(() -> second.untilCommits(1))
            .isInstanceOf(RefusedException.class)
            .hasMessageContaining("pid " + pid);
      }
      try (Capture patient = capture(StreamPosition.at(0))) {
        first.fetcher.close();
        patient.untilHeartbeatBeyond(0);
      }
    }
  }

  @Test
  void anotherServerAnotherTimelineAndASlotAheadAreRefused() throws Exception {
    ServerIdentity server = ServerIdentity.of(endpoint);
    assertRefused(
        options.expecting(new ServerIdentity(42, server.timeline()), 0),
        StreamPosition.at(0),
        "another server");
    assertRefused(
        options.expecting(new ServerIdentity(server.systemId(), 9), 0),
        StreamPosition.at(0),
        "on timeline 1, the checkpoint on 9");
    assertRefused(options.expecting(server, 0), StreamPosition.at(1), "ahead of the checkpoint");
    assertRefused(
        StreamOptions.of(endpoint, "nothing", "tidemark"), StreamPosition.at(0), "does not exist");
  }

  @Test
  void aPublicationThatIsGoneOrMadeAnewIsRefusedAndWhatItLeftOutIsNotAcknowledged()
      throws Exception {
    ServerIdentity server = ServerIdentity.of(endpoint);
    int oid = (int) database.queryLong("SELECT oid FROM pg_publication");
    String before = confirmed();
    try (Capture capture = new Capture(options.expecting(server, oid), StreamPosition.at(0))) {
      database.execute("INSERT INTO t VALUES (1, 'a')");
      capture.untilCommits(1);
      database.execute("DROP PUBLICATION tidemark", "INSERT INTO t VALUES (2, 'lost?')");
      capture.fetcher.acknowledge(Lsn.parse(database.query("SELECT pg_current_wal_lsn()")).value());
      assertThatThrownBy(() -> capture.untilCommits(5))
          .satisfiesAnyOf(
              // Up to PostgreSQL 17 the server itself may be the first to notice.
              e -> assertThat(e).hasMessageContaining("publication \"tidemark\" does not exist"),
              e ->
                  assertThat(e)
                      .isInstanceOf(RefusedException.class)
                      .hasMessageContaining("publication 'tidemark' does not exist on"));
    }
    assertThat(confirmed()).isEqualTo(before);
    assertRefused(
        options.expecting(server, oid), StreamPosition.at(0), "'tidemark' does not exist on");
    database.execute("CREATE PUBLICATION tidemark FOR ALL TABLES");
    assertRefused(
        options.expecting(server, oid), StreamPosition.at(0), "was dropped and made anew");
    assertThat(confirmed()).isEqualTo(before);
  }

  private void assertRefused(StreamOptions refused, StreamPosition position, String text)
      throws SQLException {
    try (Capture capture = new Capture(refused, position)) {
      assertThatThrownBy(() -> capture.untilCommits(1))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining(text);
    }
  }

  private static List<String> strings(List<Seen> seen) {
    return seen.stream().map(Seen::toString).toList();
  }

  private static long end(List<Seen> seen) {
    return ((Commit) seen.get(seen.size() - 1).change()).endLsn();
  }

  private Capture capture(StreamPosition position) {
    return new Capture(options, position);
  }

  private String confirmed() throws SQLException {
    return database.query(
        "SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = '%s'"
            .formatted(database.slot()));
  }

  private void awaitConfirmed(long lsn) {
    Await.until(
        "the slot to reach " + Lsn.format(lsn),
        PATIENCE,
        () -> Lsn.compare(Lsn.parse(confirmed()).value(), lsn) >= 0);
  }

  private long pid() throws SQLException {
    return database.queryLong(
        "SELECT coalesce(active_pid, 0) FROM pg_replication_slots WHERE slot_name = '%s'"
            .formatted(database.slot()));
  }

  /** A fetcher and what a reader does with it. */
  private static final class Capture implements AutoCloseable {
    private final StreamFetcher fetcher;

    Capture(StreamOptions options, StreamPosition position) {
      fetcher =
          StreamFetcher.start(
              options,
              position,
              List.of(),
              new CatalogSchemaResolver(options.primary(), options.publication(), TYPES));
    }

    /**
     * All of so many transactions, and of those that come with them. Those without a change are
     * left out: PostgreSQL 14 sends them, as that of an autovacuum, which may come at any time.
     */
    List<Seen> untilCommits(int commits) throws Exception {
      List<Seen> seen = new ArrayList<>();
      int left = commits;
      while (left > 0) {
        StreamBatch batch = next();
        for (int i = 0; i < batch.size(); i++) {
          Seen last = seen.isEmpty() ? null : seen.get(seen.size() - 1);
          if (!(batch.change(i) instanceof Commit)) {
            seen.add(new Seen(batch.change(i), batch.lsn(i)));
          } else if (last != null && last.change() instanceof Begin) {
            seen.remove(last);
          } else {
            seen.add(new Seen(batch.change(i), batch.lsn(i)));
            left--;
          }
        }
      }
      return seen;
    }

    long untilHeartbeatBeyond(long lsn) throws Exception {
      while (true) {
        long heartbeat = next().heartbeatLsn();
        if (heartbeat != 0 && Lsn.compare(heartbeat, lsn) >= 0) {
          return heartbeat;
        }
      }
    }

    private StreamBatch next() throws Exception {
      while (true) {
        StreamBatch batch = fetcher.poll();
        if (batch != null) {
          return batch;
        }
        await(fetcher);
      }
    }

    static void await(StreamFetcher fetcher)
        throws InterruptedException, ExecutionException, TimeoutException {
      fetcher.available().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    @Override
    public void close() throws SQLException {
      fetcher.close();
    }
  }
}
