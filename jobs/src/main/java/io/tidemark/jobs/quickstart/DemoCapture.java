package io.tidemark.jobs.quickstart;

import io.tidemark.jobs.Failure;
import io.tidemark.jobs.LocalFlink;
import io.tidemark.source.CaptureOptions;
import io.tidemark.source.PostgresCapture;
import io.tidemark.source.StartMode;
import io.tidemark.testkit.Directories;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** The capture of the demo database, on Flink in this JVM, into a {@link HeldState}. */
final class DemoCapture implements AutoCloseable {
  private static final Duration CHECKPOINT_INTERVAL = Duration.ofSeconds(1);

  private static final int MOST_TASKS = 4;

  /** So small that also a small table takes several chunks, between which the writes hit. */
  private static final MemorySize CHUNK_SIZE = MemorySize.ofMebiBytes(1);

  private final HeldState held;
  private final Path checkpoints;
  private final String webUi;
  private final JobClient job;
  private final CompletableFuture<JobExecutionResult> result;

  private DemoCapture(HeldState held, Path checkpoints, String webUi, JobClient job) {
    this.held = held;
    this.checkpoints = checkpoints;
    this.webUi = webUi;
    this.job = job;
    this.result = job.getJobExecutionResult();
  }

  /** Starts it, with dumps from the standbys if there are any. */
  static DemoCapture start(DemoDatabase database, int lanes) throws Exception {
    PostgresCapture.Builder capture =
        PostgresCapture.builder()
            .primary(database.primary())
            .tables(DemoSchema.TABLES.stream().map(Object::toString).toArray(String[]::new))
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
    Path checkpoints = Files.createTempDirectory("tidemark-quickstart-");
    try {
      return start(capture.build(), lanes, checkpoints);
    } catch (Exception e) {
      Directories.delete(checkpoints);
      throw e;
    }
  }

  private static DemoCapture start(PostgresCapture capture, int lanes, Path checkpoints)
      throws Exception {
    HeldState held = new HeldState(lanes == 1);
    LocalFlink flink = new LocalFlink(checkpoints, CHECKPOINT_INTERVAL);
    String webUi = flink.withWebUi();
    StreamExecutionEnvironment environment = flink.environment(Math.min(lanes, MOST_TASKS));
    capture.from(environment).sinkTo(new HoldingSink(checkpoints.toString(), held)).name("hold");
    JobClient job = environment.executeAsync("tidemark quickstart");
    return new DemoCapture(held, checkpoints, webUi, job);
  }

  HeldState held() {
    return held;
  }

  /** The URL of Flink's web UI. */
  String webUi() {
    return webUi;
  }

  /** Throws what the job failed with, if it did. */
  void check() throws InterruptedException {
    if (!result.isDone()) {
      return;
    }
    try {
      result.get();
    } catch (ExecutionException e) {
      throw new Failure("the capture failed", e.getCause());
    }
    throw new Failure("the capture ended, though a stream has no end");
  }

  @Override
  public void close() throws IOException {
    if (!result.isDone()) {
      job.cancel().join();
      result.handle((ended, failure) -> null).join();
    }
    Directories.delete(checkpoints);
  }
}
