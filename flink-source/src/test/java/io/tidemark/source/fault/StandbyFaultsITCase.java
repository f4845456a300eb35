package io.tidemark.source.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.source.run.Writer;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.PostgresStandby;
import io.tidemark.testkit.postgres.TestDatabase;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Standbys that fail or fall behind while a dump reads them. */
class StandbyFaultsITCase {
  @RegisterExtension
  static final PostgresExtension POSTGRES = PostgresExtension.builder().standbys(2).build();

  private static final Duration DELAY = Duration.ofSeconds(1);

  private TestDatabase database;

  @BeforeEach
  void makeTable() throws Exception {
    database = POSTGRES.database();
    HeldDump.makeTable(database);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void aCrashedStandbyIsReadAgainWhenItIsBack(int lanes) throws Exception {
    PostgresStandby standby = POSTGRES.cluster().standby(0);
    try (Writer writer = Writer.start(database, 41);
        HeldDump dump =
            HeldDump.start(
                database, lanes, s -> s.capture(c -> c.replica(database.standbyUrl(0))))) {
      standby.crash();
      dump.goOn();
      dump.run().awaitCaughtUp();
      assertThat(dump.run().metric("dumpsOpen")).as("dumps that wait").isEqualTo(1);
      standby.start();
      writer.stop();
      dump.awaitEqual("t");
    }
  }

  @Test
  void anotherStandbyTakesOverFromACrashedOne() throws Exception {
    try (Writer writer = Writer.start(database, 42);
        HeldDump dump =
            HeldDump.start(
                database,
                1,
                s ->
                    s.capture(
                        c -> c.replica(database.standbyUrl(0)).replica(database.standbyUrl(1))))) {
      PostgresStandby read = HeldDump.standbyBeingRead(POSTGRES.cluster(), database);
      read.crash();
      dump.goOn();
      dump.run().awaitDumped();
      writer.stop();
      dump.awaitEqual("t");
      assertThat(read.isRunning()).isFalse();
    }
  }

  @Test
  void aStandbyThatStopsReplayingHoldsUpItsDumpButNotTheStream() throws Exception {
    PostgresStandby standby = POSTGRES.cluster().standby(0);
    try (HeldDump dump =
        HeldDump.start(database, 1, s -> s.capture(c -> c.replica(database.standbyUrl(0))))) {
      standby.pauseReplay();
      database.execute(
          "INSERT INTO t SELECT i, 'late', repeat('l', 2500), 0"
              + " FROM generate_series(20001, 20500) i",
          "UPDATE t SET n = n + 1",
          "UPDATE t SET a = a + 100000 WHERE a % 10 = 0",
          "DELETE FROM t WHERE a % 10 = 1");
      dump.goOn();
      dump.run().awaitCaughtUp();
      // What was read before the updates is repaired from a state after them.
      assertThat(dump.run().metric("dumpsOpen")).as("dumps that wait").isEqualTo(1);
      database.execute("UPDATE t SET n = n + 1 WHERE a % 10 = 2");
      dump.run().awaitCaughtUp();
      assertThat(dump.run().metric("dumpsOpen")).as("dumps that wait").isEqualTo(1);
      standby.resumeReplay();
      dump.awaitEqual("t");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void aStandbyThatReplaysLateIsReadAsItIs(int lanes) throws Exception {
    PostgresStandby standby = POSTGRES.cluster().standby(0);
    standby.delayReplay(DELAY);
    long before = System.nanoTime();
    // Of commits alone is replay delayed: what was rolled back is replayed at once.
    POSTGRES.cluster().awaitReplay();
    assertThat(Duration.ofNanos(System.nanoTime() - before))
        .as("what it takes to see a commit there")
        .isGreaterThanOrEqualTo(DELAY);
    try (Writer writer = Writer.start(database, 43);
        HeldDump dump =
            HeldDump.start(
                database, lanes, s -> s.capture(c -> c.replica(database.standbyUrl(0))))) {
      dump.goOn();
      dump.run().awaitCaughtUp();
      writer.stop();
      dump.awaitEqual("t");
    }
  }
}
