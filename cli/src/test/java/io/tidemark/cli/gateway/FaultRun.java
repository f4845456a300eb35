package io.tidemark.cli.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.cli.gateway.Consuming.Protocol;
import io.tidemark.testkit.flink.FlinkProcesses;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.TestDatabase;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.flink.core.execution.JobClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * A gateway's parts as processes, which a test kills with kill -9 while dumps on demand are read
 * and the stream goes on. Both protocols are consumed at the same time, each at a URI of its own.
 * Rows that nobody writes come by a dump alone, so that each loss shows.
 */
abstract class FaultRun {
  static final int ROWS = 12_000;
  private static final int PAGES_EACH = 2;

  @RegisterExtension
  static final PostgresExtension POSTGRES = PostgresExtension.builder().standbys(1).build();

  final FlinkProcesses flink = SharedFlink.get();

  @TempDir Path directory;
  TestDatabase database;
  GatewayRun run;
  final List<Side> sides = new ArrayList<>();

  /** A URI, the job that publishes it, and what the consumers of one protocol got of it. */
  static final class Side {
    final Protocol protocol;
    final String uri;
    final DeliveryRecord record;
    private final long publicationsBefore;
    private JobClient job;

    private Side(Protocol protocol, Path directory, GatewayRun run) throws IOException {
      this.protocol = protocol;
      this.uri = protocol.name().toLowerCase(Locale.ROOT);
      this.record = DeliveryRecord.open(directory.resolve("record-" + uri));
      this.publicationsBefore = run.publications(uri);
    }
  }

  @BeforeEach
  void start() throws Exception {
    database = POSTGRES.database();
    KeyWriter.makeTable(database, ROWS);
    run = new GatewayRun(directory);
    run.startServer();
    for (Protocol protocol : Protocol.values()) {
      sides.add(new Side(protocol, directory, run));
    }
  }

  @AfterEach
  void stop() throws Exception {
    run.close();
    for (Side side : sides) {
      side.record.close();
    }
  }

  /** A job for each side. */
  final void submit() throws Exception {
    for (Side side : sides) {
      side.job = run.submit(side.uri, database, slot(side));
      run.awaitJob(side.uri);
    }
  }

  /** The same after the jobs are gone: each goes on from its newest checkpoint. */
  final void resume() throws Exception {
    for (Side side : sides) {
      side.job = run.resume(side.uri, database, slot(side));
    }
  }

  private Map<String, String> slot(Side side) {
    return Map.of("slot", database.slot() + "_" + side.uri);
  }

  /** Consumers within this JVM, one for each side. */
  final Consumers consume(String name) {
    Consumers consumers = new Consumers();
    for (Side side : sides) {
      consumers.all.add(
          Consuming.start(side.protocol, run.target(), side.uri, name, side.record::append));
    }
    return consumers;
  }

  /** One of each side. */
  static final class Consumers implements AutoCloseable {
    private final List<Consuming> all = new ArrayList<>();

    void check() {
      all.forEach(Consuming::check);
    }

    @Override
    public void close() {
      all.forEach(Consuming::close);
    }
  }

  /** Consumers that are processes, one for each side. */
  final Programs programs(String name) throws Exception {
    Programs programs = new Programs();
    for (Side side : sides) {
      programs.all.add(
          ConsumerProgram.start(side.protocol, run.target(), side.uri, name, side.record));
    }
    return programs;
  }

  /** One of each side. */
  static final class Programs implements AutoCloseable {
    private final List<ConsumerProgram.Handle> all = new ArrayList<>();

    void kill() {
      all.forEach(ConsumerProgram.Handle::kill);
    }

    boolean areAlive() {
      return all.stream().allMatch(ConsumerProgram.Handle::isAlive);
    }

    @Override
    public void close() {
      all.forEach(ConsumerProgram.Handle::close);
    }
  }

  /** A condition of one side. */
  @FunctionalInterface
  interface SideCondition {
    boolean holds(Side side) throws Exception;
  }

  /** Waits until a condition holds for all sides at the same time. */
  final void await(String what, SideCondition condition) {
    run.await(
        what,
        () -> {
          for (Side side : sides) {
            if (!condition.holds(side)) {
              return false;
            }
          }
          return true;
        });
  }

  /** Asks for a dump on each side, and waits until all are under way. */
  final void awaitDumps() throws Exception {
    for (Side side : sides) {
      run.scheduleDump(side.uri, database, PAGES_EACH);
    }
    await("the dumps", side -> run.isDumping(side.uri) && side.record.reads() > 0);
    for (Side side : sides) {
      assertThat(side.record.reads()).as(side.uri).isLessThan(ROWS * 9 / 10);
    }
  }

  /** Does something, and waits until each sink has begun to publish once more. */
  final void awaitPublications(Action action) throws Exception {
    Map<Side, Long> before = new HashMap<>();
    for (Side side : sides) {
      before.put(side, run.publications(side.uri));
    }
    action.run();
    await("the sinks to come back", side -> run.publications(side.uri) > before.get(side));
  }

  /** What a test does. */
  @FunctionalInterface
  interface Action {
    void run() throws Exception;
  }

  /** Waits until each side has what the table has, to which nobody writes any more. */
  final void awaitEqual() throws Exception {
    for (Side side : sides) {
      run.awaitEqual(side.job, side.uri, database, side.record);
    }
  }

  /**
   * Judges the order. What came before a restart may come again after it, in its order.
   *
   * @param consumerStarts how many consumers of a side took the place of another
   */
  final void judge(int consumerStarts) throws Exception {
    for (Side side : sides) {
      List<RecordedRow> rows = side.record.rows();
      long restarts = run.publications(side.uri) - side.publicationsBefore - 1 + consumerStarts;
      System.out.printf(
          "%s: %d rows, %d restarts, %d steps back, %d of a key%n",
          side.uri, rows.size(), restarts, Judge.stepsBack(rows), Judge.stepsBackOfAKey(rows));
      assertThat(Judge.stepsBackOfAKey(rows))
          .as("steps back of %s in %s", side.uri, Judge.historyOfTheWorst(rows))
          .isLessThanOrEqualTo(restarts);
      if (side.protocol == Protocol.OURS) {
        assertThat(Judge.stepsBack(rows)).isLessThanOrEqualTo(restarts);
      }
    }
  }
}
