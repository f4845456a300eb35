package io.tidemark.source.run;

import io.tidemark.postgres.TableName;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.Op;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.connection.Password;
import io.tidemark.source.PostgresCapture;
import io.tidemark.source.run.NumberedTables.Image;
import io.tidemark.testkit.Await;
import io.tidemark.testkit.flink.FlinkJobs;
import io.tidemark.testkit.flink.FlinkProcesses;
import io.tidemark.testkit.postgres.TestDatabase;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;

/** A capture that runs on Flink processes and records what it emits in a file, by one subtask. */
public final class ProcessRun {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final Duration CHECKPOINT_INTERVAL = Duration.ofMillis(300);

  private final FlinkProcesses flink;
  private final FlinkJobs jobs;
  private final TestDatabase database;
  private final Path directory;
  private final String tables;

  /** What was counted so far: up to that place in the record, as it is since the last restore. */
  private long reads;

  private long end;
  private long restores;

  /** A capture of the tables in {@code public}. */
  public ProcessRun(FlinkProcesses flink, TestDatabase database, Path directory) {
    this(flink, database, directory, "public.*");
  }

  /**
   * @param directory for checkpoints and the record
   * @param tables a pattern of those to capture
   */
  public ProcessRun(FlinkProcesses flink, TestDatabase database, Path directory, String tables) {
    this.tables = tables;
    this.flink = flink;
    this.jobs = new FlinkJobs(flink);
    this.database = database;
    this.directory = directory;
  }

  /** The file that a recorder should write. */
  public Path record() {
    return directory.resolve("record");
  }

  /** Submits the job afresh. */
  public JobClient submit(
      UnaryOperator<PostgresCapture.Builder> capture, MapFunction<Change, Integer> recorder)
      throws Exception {
    return submit(FlinkJobs.options(checkpoints(), CHECKPOINT_INTERVAL), capture, recorder);
  }

  /** Submits the job to go on from the newest checkpoint that was completed. */
  public JobClient resume(
      UnaryOperator<PostgresCapture.Builder> capture, MapFunction<Change, Integer> recorder)
      throws Exception {
    return submit(FlinkJobs.resumed(checkpoints(), CHECKPOINT_INTERVAL), capture, recorder);
  }

  private JobClient submit(
      Map<String, String> options,
      UnaryOperator<PostgresCapture.Builder> capture,
      MapFunction<Change, Integer> recorder)
      throws Exception {
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.createRemoteEnvironment(
            FlinkProcesses.HOST, flink.restPort(), Configuration.fromMap(options));
    env.setParallelism(2);
    PostgresCapture.Builder builder =
        PostgresCapture.builder()
            .url(database.primaryUrl())
            .user(database.user())
            .password(Password.of(database.password()))
            .slot(database.slot())
            .tables(tables);
    capture
        .apply(builder)
        .build()
        .from(env)
        .map(recorder)
        .uid("record")
        .setParallelism(1)
        .sinkTo(new DiscardingSink<>())
        .setParallelism(1);
    return env.executeAsync("capture");
  }

  private Path checkpoints() {
    return directory.resolve("checkpoints");
  }

  /** The size of the record when it was last looked at. */
  private long looked = -1;

  /** How many rows of dumps {@link FileRecord} has recorded. */
  public long reads() throws IOException {
    long restored = FileRecord.restores(record());
    if (restored != restores) {
      restores = restored;
      end = 0;
      reads = 0;
    }
    end =
        FileRecord.read(
            record(), end, c -> reads += c instanceof RowChange r && r.op() == Op.READ ? 1 : 0);
    return reads;
  }

  /**
   * Waits until what {@link FileRecord} recorded equals the table, which no one changes now, and no
   * dump is under way any more that could spoil it.
   */
  public void awaitEqual(TableName table) throws Exception {
    Map<String, String> expected;
    try (Connection connection = database.connect()) {
      expected = TableImage.read(connection, TableImage.schema(FileRecord.read(record()), table));
    }
    await(
        table + " to be equal",
        () -> TableImage.fold(FileRecord.read(record()), table).equals(expected));
    await("the dumps to be over", () -> dumpsOpen() == 0);
    // Dumps end with a checkpoint, which has what came before it in the record.
    List<Change> all = FileRecord.read(record());
    TableImage.requireStillEqual(expected, all, table);
    StreamOrder.check(all);
  }

  /**
   * Waits until a consumer by numbers holds these tables and no others, each with the columns and
   * rows that it has, and no dump is under way any more that could spoil it. A table without rows
   * need not have been told.
   *
   * @param tables all that are captured, which no one changes now
   * @param hasOthers whether the publication has tables that are not captured
   */
  public void awaitNumbered(Collection<TableName> tables, boolean hasOthers) throws Exception {
    Map<TableName, Image> expected = new TreeMap<>();
    try (Connection connection = database.connect()) {
      for (TableName table : tables) {
        expected.put(table, NumberedTables.read(connection, table));
      }
    }
    jobs.await(
        tables + " to be equal",
        PATIENCE,
        () -> dumpsOpen() == 0 && hasGrown() && isEqual(expected, held(FileRecord.read(record()))),
        () -> difference(expected));
    await("the dumps to be over", () -> dumpsOpen() == 0);
    List<Change> all = FileRecord.read(record());
    if (!isEqual(expected, held(all))) {
      throw new AssertionError("what was equal is not any more: " + difference(expected));
    }
    StreamOrder.check(all, hasOthers);
  }

  /** Whether more was recorded since this was asked last: to look at all of it takes long. */
  private boolean hasGrown() throws IOException {
    long size = Files.size(record());
    boolean grown = size != looked;
    looked = size;
    return grown;
  }

  private static boolean isEqual(Map<TableName, Image> expected, Map<TableName, Image> held) {
    Map<TableName, Image> told = new TreeMap<>(expected);
    told.entrySet().removeIf(e -> e.getValue().rows().isEmpty() && !held.containsKey(e.getKey()));
    return held.equals(told);
  }

  private static Map<TableName, Image> held(List<Change> changes) {
    NumberedTables held = NumberedTables.of(changes);
    Map<TableName, Image> images = new TreeMap<>();
    held.names().forEach(table -> images.put(table, held.image(table)));
    return images;
  }

  private String difference(Map<TableName, Image> expected) {
    try {
      return NumberedTables.difference(expected, held(FileRecord.read(record())));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether a dump is under way. */
  public boolean isDumping() {
    return dumpsOpen() > 0;
  }

  /** The gauge of the running job's enumerator; -1 while there is none. */
  private long dumpsOpen() {
    return jobs.running().stream()
        .flatMapToLong(job -> jobs.coordinatorMetric(job, "dumpsOpen").stream())
        .findFirst()
        .orElse(-1);
  }

  /** Waits until the stream has started. */
  public void awaitStream() {
    await("the stream to start", () -> activeSlots() == 1);
  }

  /** Waits until no task uses the slot that there is. */
  public void awaitFreeSlot() {
    await("the slot to be free", () -> activeSlots() == 0);
  }

  private long activeSlots() throws Exception {
    return database.queryLong(
        "SELECT count(*) FROM pg_replication_slots"
            + " WHERE active AND confirmed_flush_lsn IS NOT NULL AND slot_name = '"
            + database.slot()
            + "'");
  }

  /** Waits, replacing TaskManagers that died. */
  public void await(String what, Await.Condition condition) {
    jobs.await(what, PATIENCE, condition, () -> "");
  }
}
