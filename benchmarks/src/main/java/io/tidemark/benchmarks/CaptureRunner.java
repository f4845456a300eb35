package io.tidemark.benchmarks;

import io.tidemark.cli.local.LocalFlink;
import io.tidemark.gateway.link.GatewayEndpoint;
import io.tidemark.gateway.sink.GatewayDumpRequests;
import io.tidemark.gateway.sink.GatewaySink;
import io.tidemark.gateway.sink.GatewaySinkOptions;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.connection.Endpoint;
import io.tidemark.postgres.connection.Password;
import io.tidemark.source.CaptureOptions;
import io.tidemark.source.PostgresCapture;
import io.tidemark.source.StartMode;
import io.tidemark.testkit.Directories;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * The main class of a {@link CaptureProcess}: runs captures one after the other, each on an
 * in-process Flink as a user would set it up, behind the merge and into a sink that counts.
 *
 * <p>Standard input has the primary's URL, the standby's (empty if there is none), the role and its
 * password, a line each, then a {@link CaptureTask} per line; standard output gets {@link
 * RowCounts} for each. One that publishes to a gateway ends with a line {@link #STOP}, and standard
 * output gets {@link Latencies} instead, if it follows: from the time in the rows' column {@code
 * at} to the sink.
 */
final class CaptureRunner {
  static final String STOP = "stop";

  private static final Duration CHECKPOINT_INTERVAL = Duration.ofSeconds(1);

  /** Where nothing is to wait for a checkpoint. */
  private static final Duration RARE_CHECKPOINT_INTERVAL = Duration.ofSeconds(60);

  private static final long CHECK_SECONDS = 1;

  private final Endpoint primary;
  private final Endpoint standby;

  private CaptureRunner(Endpoint primary, Endpoint standby) {
    this.primary = primary;
    this.standby = standby;
  }

  /** Runs the tasks on standard input. */
  public static void main(String[] arguments) throws Exception {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    String primaryUrl = in.readLine();
    String standbyUrl = in.readLine();
    String user = in.readLine();
    Password password = Password.of(in.readLine());
    CaptureRunner runner =
        new CaptureRunner(
            new Endpoint(primaryUrl, user, password, Map.of()),
            standbyUrl.isEmpty() ? null : new Endpoint(standbyUrl, user, password, Map.of()));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      CaptureTask task = CaptureTask.parse(line);
      if (task.gateway() == 0) {
        System.out.println(runner.run(task).toLine());
      } else {
        runner.publish(task, in);
      }
    }
    System.exit(0); // whatever threads are left
  }

  private RowCounts run(CaptureTask task) throws Exception {
    Path checkpoints = Files.createTempDirectory("tidemark-benchmark-");
    try {
      RowMeter meter = task.meter();
      StreamExecutionEnvironment environment =
          new LocalFlink(checkpoints, CHECKPOINT_INTERVAL).environment(1);
      capture(task).from(environment).sinkTo(MeterSink.into(meter)).name("count");
      JobClient job = environment.executeAsync("tidemark benchmark");
      await(job, meter, task);
      return meter.counts();
    } finally {
      Directories.delete(checkpoints);
    }
  }

  /** Publishes to a gateway until a line says to stop. */
  private void publish(CaptureTask task, BufferedReader in) throws Exception {
    Path checkpoints = Files.createTempDirectory("tidemark-benchmark-");
    try {
      boolean serves = task.kind() == CaptureTask.Kind.SERVE;
      Duration interval = serves ? RARE_CHECKPOINT_INTERVAL : CHECKPOINT_INTERVAL;
      StreamExecutionEnvironment environment = new LocalFlink(checkpoints, interval).environment(1);
      GatewayEndpoint gateway = GatewayEndpoint.plain("localhost", task.gateway());
      DataStream<Change> changes =
          (standby == null ? builder(task).dumpFromPrimary() : builder(task).replica(standby))
              .dumpRequests(new GatewayDumpRequests(gateway, GatewayRunner.URI))
              .build()
              .from(environment);
      Latencies latencies = new Latencies();
      if (task.kind() == CaptureTask.Kind.FOLLOW) {
        RowMeter meter = task.meter().withLatencies(latencies);
        changes.sinkTo(MeterSink.into(meter)).name("count");
      }
      GatewaySink.publish(changes, GatewaySinkOptions.of(gateway, GatewayRunner.URI, "benchmark"));
      JobClient job = environment.executeAsync("tidemark benchmark");
      awaitStop(job, in);
      job.cancel().get();
      System.out.println(latencies.toLine());
    } finally {
      Directories.delete(checkpoints);
    }
  }

  /** Answers lines until one says to stop, or there are no more as the benchmark was killed. */
  private static void awaitStop(JobClient job, BufferedReader in) throws Exception {
    AtomicBoolean stopping = new AtomicBoolean();
    CompletableFuture<?> unused =
        job.getJobExecutionResult()
            .whenComplete(
                (result, failure) -> {
                  if (!stopping.get()) {
                    new IllegalStateException("the job ended", failure).printStackTrace();
                    System.exit(1);
                  }
                });
    String line = in.readLine();
    while (line != null && !line.equals(STOP)) {
      System.out.println(RunnerProcess.cpuLine());
      line = in.readLine();
    }
    stopping.set(true);
  }

  private PostgresCapture capture(CaptureTask task) {
    PostgresCapture.Builder capture = builder(task);
    if (standby != null) {
      capture.replica(standby);
    }
    return capture.build();
  }

  private PostgresCapture.Builder builder(CaptureTask task) {
    PostgresCapture.Builder capture =
        PostgresCapture.builder()
            .primary(primary)
            .tables(task.tables().split(",", -1))
            .slot(task.slot())
            .publication(task.publication())
            .createPublication(false);
    switch (task.kind()) {
      case DRAIN -> capture.startMode(StartMode.existingSlot());
      case DUMP -> capture.startMode(StartMode.dumpOnly());
      case FOLLOW, SERVE -> capture.startMode(StartMode.streamOnly());
      case DRAIN_AND_DUMP ->
          capture
              .startMode(StartMode.dumpThenStream())
              // Its replica is as far ahead of the slot as the backlog is long.
              .set(CaptureOptions.DUMP_MAX_LEAD, MemorySize.parse("1tb"));
    }
    return capture;
  }

  private static void await(JobClient job, RowMeter meter, CaptureTask task) throws Exception {
    var result = job.getJobExecutionResult();
    if (task.kind() == CaptureTask.Kind.DUMP) {
      result.get();
      return;
    }
    while (!meter.done().await(CHECK_SECONDS, TimeUnit.SECONDS)) {
      if (result.isDone()) {
        result.get();
        throw new IllegalStateException(task + " ended, though a stream has no end");
      }
    }
    job.cancel().get();
    try {
      result.get();
    } catch (ExecutionException e) {
      // It was cancelled.
    }
  }
}
