package io.tidemark.cli.quickstart;

import io.tidemark.cli.local.LocalFlink;
import io.tidemark.cli.local.LocalJob;
import io.tidemark.cli.local.TemporaryFolder;
import io.tidemark.gateway.sink.GatewaySink;
import io.tidemark.jobs.Failure;
import io.tidemark.postgres.change.Change;
import io.tidemark.source.CaptureOptions;
import io.tidemark.source.PostgresCapture;
import io.tidemark.source.StartMode;
import io.tidemark.testkit.Directories;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * The capture of the demo database, on Flink in this JVM, into a {@link HeldState}: with one lane
 * by way of a gateway, else directly.
 */
final class DemoCapture implements AutoCloseable {
  private static final Duration CHECKPOINT_INTERVAL = Duration.ofSeconds(1);

  private static final int MAX_TASKS = 4;

  /** So small that also a small table takes several chunks, between which the writes hit. */
  private static final MemorySize CHUNK_SIZE = MemorySize.ofMebiBytes(1);

  private final HeldState held;
  private final Path checkpoints;
  private final String webUi;

  /** Null with several lanes. */
  private final DemoGateway gateway;

  private final LocalJob job;

  private DemoCapture(
      HeldState held, Path checkpoints, String webUi, DemoGateway gateway, LocalJob job) {
    this.held = held;
    this.gateway = gateway;
    this.checkpoints = checkpoints;
    this.webUi = webUi;
    this.job = job;
  }

  /** Starts it, with dumps from the standbys if there are any. */
  static DemoCapture start(DemoDatabase database, int lanes) throws Exception {
    PostgresCapture.Builder capture =
        PostgresCapture.builder()
            .primary(database.primary())
            .tables("public.*")
            .slot(DemoDatabase.SLOT)
            .publication(DemoDatabase.PUBLICATION)
            .startMode(StartMode.dumpThenStream())
            .set(CaptureOptions.DUMP_CHUNK_SIZE, CHUNK_SIZE)
            .set(CaptureOptions.TABLES_WITHOUT_IDENTITY, true)
            .lanes(lanes);
    database.standbys().forEach(capture::replica);
    if (database.standbys().isEmpty()) {
      capture.dumpFromPrimary();
    }
    Path checkpoints = Files.createTempDirectory(TemporaryFolder.path(), "quickstart-");
    try {
      return start(capture, lanes, checkpoints);
    } catch (Exception e) {
      Directories.delete(checkpoints);
      throw e;
    }
  }

  private static DemoCapture start(PostgresCapture.Builder capture, int lanes, Path checkpoints)
      throws Exception {
    HeldState held = new HeldState(lanes == 1);
    if (lanes > 1) {
      return start(capture, lanes, checkpoints, held, null);
    }
    DemoGateway gateway = DemoGateway.start(checkpoints, held);
    try {
      capture.dumpRequests(gateway.dumpRequests());
      return start(capture, lanes, checkpoints, held, gateway);
    } catch (Exception e) {
      gateway.close();
      throw e;
    }
  }

  private static DemoCapture start(
      PostgresCapture.Builder capture,
      int lanes,
      Path checkpoints,
      HeldState held,
      DemoGateway gateway)
      throws Exception {
    LocalFlink flink = new LocalFlink(checkpoints, CHECKPOINT_INTERVAL);
    String webUi = flink.withWebUi();
    StreamExecutionEnvironment environment = flink.environment(Math.min(lanes, MAX_TASKS));
    DataStream<Change> changes = capture.build().from(environment);
    if (gateway == null) {
      changes.sinkTo(new HoldingSink(checkpoints.toString(), held)).name("hold");
    } else {
      GatewaySink.publish(changes, gateway.sink());
    }
    LocalJob job = flink.start(environment, "tidemark quickstart");
    return new DemoCapture(held, checkpoints, webUi, gateway, job);
  }

  HeldState held() {
    return held;
  }

  /** What it goes through; empty with several lanes. */
  Optional<DemoGateway> gateway() {
    return Optional.ofNullable(gateway);
  }

  /** The URL of Flink's web UI. */
  String webUi() {
    return webUi;
  }

  /** Throws what the job failed with, if it did. */
  void check() throws InterruptedException {
    if (!job.isOver()) {
      if (gateway != null) {
        gateway.check();
      }
      return;
    }
    try {
      job.awaitEnd(Duration.ZERO);
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception e) {
      throw new Failure("the capture failed", e);
    }
    throw new Failure("the capture ended, though a stream has no end");
  }

  @Override
  public void close() throws IOException, SQLException {
    if (gateway != null) {
      gateway.stopConsuming();
    }
    job.close();
    if (gateway != null) {
      gateway.close();
    }
    Directories.delete(checkpoints);
  }
}
