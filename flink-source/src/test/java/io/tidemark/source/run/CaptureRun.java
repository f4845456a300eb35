package io.tidemark.source.run;

import io.tidemark.postgres.Lsn;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.LogicalMessage;
import io.tidemark.postgres.change.Op;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.connection.Password;
import io.tidemark.postgres.setup.Slots;
import io.tidemark.source.PostgresCapture;
import io.tidemark.testkit.Await;
import io.tidemark.testkit.postgres.TestDatabase;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;

/** A capture that runs in this JVM and records what it emits. */
public final class CaptureRun implements AutoCloseable {
  public static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final Path CHECKPOINTS = Path.of("target", "checkpoints").toAbsolutePath();

  private final TestDatabase database;
  private final String record;
  private final boolean keepRecord;
  private final JobClient job;
  private final CompletableFuture<JobExecutionResult> ended;

  private CaptureRun(Settings settings, JobClient job) {
    this.database = settings.database;
    this.record = settings.record;
    this.keepRecord = settings.keepRecord;
    this.job = job;
    this.ended = job.getJobExecutionResult();
  }

  /** How a run differs from the plain one. */
  public static final class Settings {
    final TestDatabase database;
    String record = UUID.randomUUID().toString();
    boolean keepRecord;
    boolean ownFlink;
    int parallelism = 1;
    Configuration flink = new Configuration();
    UnaryOperator<PostgresCapture.Builder> capture = UnaryOperator.identity();
    UnaryOperator<DataStream<Change>> before = UnaryOperator.identity();

    Settings(TestDatabase database) {
      this.database = database;
      flink.setString("execution.checkpointing.interval", "200ms");
      // A dump's state is beyond what Flink's checkpoints in memory take.
      flink.setString("execution.checkpointing.storage", "filesystem");
      flink.setString("execution.checkpointing.dir", CHECKPOINTS.toUri().toString());
      flink.setString("restart-strategy.type", "fixed-delay");
      flink.setString("restart-strategy.fixed-delay.attempts", "20");
      flink.setString("restart-strategy.fixed-delay.delay", "100ms");
    }

    /** Records under this name, and keeps the record for another run. */
    public Settings record(String name) {
      this.record = name;
      this.keepRecord = true;
      return this;
    }

    public Settings parallelism(int subtasks) {
      this.parallelism = subtasks;
      return this;
    }

    /** Runs on a Flink of its own, as what is set of it is no job's. */
    public Settings ownFlink() {
      this.ownFlink = true;
      return this;
    }

    public Settings flink(String key, String value) {
      flink.setString(key, value);
      return this;
    }

    public Settings capture(UnaryOperator<PostgresCapture.Builder> change) {
      UnaryOperator<PostgresCapture.Builder> former = capture;
      this.capture = builder -> change.apply(former.apply(builder));
      return this;
    }

    /** Puts an operator between the merge and the record, behind those that are there. */
    public Settings before(UnaryOperator<DataStream<Change>> operator) {
      UnaryOperator<DataStream<Change>> former = before;
      this.before = changes -> operator.apply(former.apply(changes));
      return this;
    }

    /** Slows a dump down to so much time a row, by back pressure; the stream goes on between. */
    public Settings slowReads(Duration each) {
      return before(changes -> changes.map(new SlowReads(each)));
    }

    public CaptureRun start() throws Exception {
      StreamExecutionEnvironment env = environment();
      PostgresCapture.Builder builder =
          PostgresCapture.builder()
              .url(database.primaryUrl())
              .user(database.user())
              .password(Password.of(database.password()))
              .slot(database.slot())
              .tables("public.*");
      DataStream<Change> changes = capture.apply(builder).build().from(env);
      before
          .apply(changes)
          .map(new RecordingSink(record))
          .uid("record")
          .setParallelism(1)
          .sinkTo(new DiscardingSink<>());
      return new CaptureRun(this, env.executeAsync("capture"));
    }

    private StreamExecutionEnvironment environment() throws Exception {
      if (!ownFlink) {
        return SharedFlink.environment(parallelism, flink);
      }
      RunMetrics.configuration().forEach(flink::setString);
      return StreamExecutionEnvironment.createLocalEnvironment(parallelism, flink);
    }
  }

  public static Settings of(TestDatabase database) {
    return new Settings(database);
  }

  public List<Change> changes() {
    return RecordingSink.record(record);
  }

  /** What the checkpoint held from which the job was last restored. */
  public List<Change> restored() {
    return RecordingSink.restored(record);
  }

  /** Waits until all that was committed before has arrived, the job failing the test if it ends. */
  public void awaitCaughtUp() throws Exception {
    // A slot is active also while it is made, when what is committed does not come yet.
    await(
        "the stream to start",
        () ->
            database.queryLong(
                    "SELECT count(*) FROM pg_replication_slots"
                        + " WHERE active AND confirmed_flush_lsn IS NOT NULL AND slot_name = '"
                        + database.slot()
                        + "'")
                == 1);
    String content = UUID.randomUUID().toString();
    database.execute("SELECT pg_logical_emit_message(true, 'test', '" + content + "')");
    await("the marker " + content, () -> hasMessage(content));
  }

  private boolean hasMessage(String content) {
    return changes().stream()
        .anyMatch(
            change ->
                change instanceof LogicalMessage message
                    && new String(message.content(), StandardCharsets.UTF_8).equals(content));
  }

  public void await(String what, Await.Condition condition) {
    await(what, condition, () -> changes().size() + " changes so far");
  }

  private void await(String what, Await.Condition condition, Supplier<String> state) {
    Await.until(
        what,
        PATIENCE,
        () -> {
          if (ended.isDone()) {
            ended.get();
            throw new IllegalStateException("the job ended before " + what);
          }
          return condition.holds();
        },
        state);
  }

  /**
   * Waits until the consumer's image of the table is the table's, row by row, and no dump is under
   * way any more that could spoil it, and judges the order of all that was captured.
   */
  public void awaitEqual(String table) throws Exception {
    awaitCaughtUp();
    TableName name = new TableName("public", table);
    await(
        "changes of " + name,
        () ->
            changes().stream()
                .anyMatch(c -> c instanceof RowChange r && r.schema().name().equals(name)));
    TableSchema schema = TableImage.schema(changes(), name);
    Map<String, String> expected;
    try (Connection connection = database.connect()) {
      expected = TableImage.read(connection, schema);
    }
    List<Change> folded = new ArrayList<>();
    await(
        name + " to equal what was captured",
        () -> isNewTo(folded) && TableImage.fold(folded, name).equals(expected),
        () -> TableImage.difference(expected, TableImage.fold(changes(), name)));
    awaitDumped();
    awaitCaughtUp();
    List<Change> all = changes();
    TableImage.requireStillEqual(expected, all, name);
    StreamOrder.check(all);
  }

  /** Brings a copy of the record up to date; false if nothing has come since it was made. */
  private boolean isNewTo(List<Change> copy) {
    List<Change> all = changes();
    int size = all.size();
    // A restore cuts the record, and may bring it back to its length.
    if (size == copy.size() && (size == 0 || all.get(size - 1) == copy.get(size - 1))) {
      return false;
    }
    copy.clear();
    copy.addAll(all);
    return true;
  }

  /** Waits until the job ends by itself. */
  public void awaitEnd() throws Exception {
    Await.until("the job to end", PATIENCE, ended::isDone, () -> changes().size() + " changes");
    ended.get();
  }

  /** How many rows of dumps have come so far. */
  public long reads() {
    return changes().stream()
        .filter(c -> c instanceof RowChange row && row.op() == Op.READ)
        .count();
  }

  /** The sum of all of the job's counters and gauges with this name. */
  public long metric(String name) {
    return RunMetrics.sum(job.getJobID(), name);
  }

  /** Waits until no dump is under way any more, its repairs included. */
  public void awaitDumped() {
    await("the dumps to be over", () -> metric("dumpsOpen") == 0);
  }

  /** Up to where the slot of the tests' captures was acknowledged. */
  public static Lsn confirmedFlush(TestDatabase database) throws SQLException {
    try (Connection connection = database.connect()) {
      return Slots.require(connection, database.slot()).confirmedFlush();
    }
  }

  /** Waits until the job ends and returns the messages of what it failed with, one a line. */
  public String awaitFailure() {
    Await.until("the job to fail", PATIENCE, ended::isDone, () -> changes().size() + " changes");
    try {
      ended.get();
    } catch (ExecutionException e) {
      return Stream.<Throwable>iterate(e, Objects::nonNull, Throwable::getCause)
          .map(Throwable::getMessage)
          .collect(Collectors.joining("\n"));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    throw new AssertionError("the job ended without a failure");
  }

  /** Stops with a savepoint and returns where it is. */
  public String stop(Path directory) throws Exception {
    String savepoint =
        job.stopWithSavepoint(false, directory.toUri().toString(), SavepointFormatType.CANONICAL)
            .get(90, TimeUnit.SECONDS);
    // Cancelling a job that is about to end might not find it any more.
    Await.until("the job to end", PATIENCE, ended::isDone);
    return savepoint;
  }

  @Override
  public void close() {
    if (!ended.isDone()) {
      job.cancel().join();
      Await.until("the job to end", PATIENCE, ended::isDone);
    }
    RunMetrics.forget(job.getJobID());
    if (!keepRecord) {
      RecordingSink.forget(record);
    }
  }
}
