package io.tidemark.cli;

import io.tidemark.cli.local.LocalFlink;
import io.tidemark.cli.local.StateDirectory;
import io.tidemark.cli.local.StopSignal;
import io.tidemark.jobs.Failure;
import io.tidemark.source.CaptureOptions;
import io.tidemark.source.PostgresCapture;
import io.tidemark.source.settings.Settings;
import io.tidemark.testkit.Directories;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Prints a database's changes, and goes on where it was. */
@Command(
    name = "capture",
    description = {
      "Prints a database's changes as lines of JSON.",
      "Ctrl-C ends it. With --state it goes on there the next time: nothing is lost, and after an"
          + " end in order nothing is printed twice."
    })
final class CaptureCommand implements Callable<Integer> {
  private static final Duration CHECKPOINT_INTERVAL = Duration.ofSeconds(2);
  private static final int MAX_TASKS = 4;
  private static final long POLL_MILLIS = 200;
  private static final long STOP_SECONDS = 60;

  @Mixin private ConnectionOptions connection;

  @Option(
      names = "--replica",
      paramLabel = "URL",
      description = "A standby to dump tables from; repeatable. Without one the primary serves.")
  private List<String> replicas = List.of();

  @Option(
      names = "--table",
      required = true,
      paramLabel = "PATTERN",
      description = "The tables, as public.orders or public.*; repeatable.")
  private List<String> tables = List.of();

  @Option(
      names = "--slot",
      paramLabel = "NAME",
      defaultValue = "tidemark",
      description = "The replication slot, made if it does not exist; default ${DEFAULT-VALUE}.")
  private String slot;

  @Option(
      names = "--publication",
      paramLabel = "NAME",
      defaultValue = "tidemark",
      description = "The publication, made if it does not exist; default ${DEFAULT-VALUE}.")
  private String publication;

  @Option(
      names = "--start",
      paramLabel = "MODE",
      defaultValue = "dump",
      description = {
        "Where to start without a state:",
        "  dump       the tables' rows, then the stream (default)",
        "  stream     the stream from now on",
        "  LSN        the stream from there, as 16/B374D848",
        "  slot       the stream from where the slot is",
        "  dump-only  the tables' rows, then end"
      })
  private String start;

  @Option(
      names = "--state",
      paramLabel = "DIR",
      description = "Where to keep the state; without it the next run starts anew.")
  private Path state;

  @Option(
      names = "--lanes",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "1 keeps the total order and transactions; more keep the order of each row, and print"
              + " each TRUNCATE once in each lane.")
  private int lanes;

  @Option(
      names = "--property",
      paramLabel = "KEY=VALUE",
      description = "An option of the capture or of Flink; repeatable.")
  private Map<String, String> properties = new TreeMap<>();

  @Override
  public Integer call() throws Exception {
    PostgresCapture capture = PostgresCapture.builder().setAll(settings()).build();
    if (state == null) {
      Path temporary = Files.createTempDirectory("tidemark-capture-");
      try (StateDirectory directory = StateDirectory.open(temporary)) {
        return run(directory, capture);
      } finally {
        Directories.delete(temporary);
      }
    }
    try (StateDirectory directory = StateDirectory.open(state)) {
      return run(directory, capture);
    }
  }

  private int run(StateDirectory directory, PostgresCapture capture) throws Exception {
    directory.requireSame(
        Map.of("--slot", slot, "--publication", publication, "--lanes", Integer.toString(lanes)));
    LocalFlink flink =
        new LocalFlink(directory.checkpoints(), CHECKPOINT_INTERVAL).with(properties);
    directory.newest().ifPresent(flink::restoreFrom);
    StreamExecutionEnvironment environment = flink.environment(Math.min(lanes, MAX_TASKS));
    capture
        .from(environment)
        .sinkTo(new JsonLinesSink())
        .name("standard output")
        .uid("standard-output")
        .setParallelism(1);
    StopSignal stop = StopSignal.install();
    JobClient job = environment.executeAsync("tidemark capture");
    try {
      awaitEnd(job, stop);
      if (stop.isRequested()) {
        end(job, directory);
      }
    } finally {
      StandardOutput.get().flush();
    }
    return 0;
  }

  /** Returns when the job has ended by itself or is to stop; throws what it failed with. */
  private static void awaitEnd(JobClient job, StopSignal stop) throws Exception {
    var result = job.getJobExecutionResult();
    while (!result.isDone() && !stop.await(Duration.ofMillis(POLL_MILLIS))) {
      // Neither has happened.
    }
    if (result.isDone()) {
      result.get();
    }
  }

  private void end(JobClient job, StateDirectory directory)
      throws IOException, InterruptedException, ExecutionException {
    if (job.getJobStatus().get() == JobStatus.FINISHED) {
      return;
    }
    if (state == null) {
      job.cancel().get();
      System.err.printf(
          "The slot '%s' stays and holds WAL; './tidemark slots --url ... drop %s' drops it.%n",
          slot, slot);
      return;
    }
    try {
      job.stopWithSavepoint(
              false, directory.savepoints().toUri().toString(), SavepointFormatType.NATIVE)
          .get(STOP_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      job.cancel().get();
      throw new Failure(
          "could not write the final state to "
              + directory.savepoints()
              + (directory.newest().isPresent()
                  ? ": the next run goes on at the last checkpoint, and prints again what came since"
                  : ": there is no state yet, the next run starts anew"),
          e);
    }
  }

  /** What the flags say prevails over {@code --property}. */
  private Configuration settings() {
    Configuration settings = Settings.of(properties);
    connection.putInto(settings);
    settings.set(CaptureOptions.REPLICAS, replicas);
    settings.set(CaptureOptions.DUMP_FROM_PRIMARY, replicas.isEmpty());
    settings.set(CaptureOptions.TABLES, tables);
    settings.set(CaptureOptions.SLOT, slot);
    settings.set(CaptureOptions.PUBLICATION, publication);
    settings.set(CaptureOptions.START, start);
    settings.set(CaptureOptions.LANES, lanes);
    return settings;
  }
}
