package io.tidemark.cli;

import io.tidemark.cli.local.LocalFlink;
import io.tidemark.cli.local.LocalJob;
import io.tidemark.cli.local.StateDirectory;
import io.tidemark.cli.local.StopSignal;
import io.tidemark.jobs.Failure;
import io.tidemark.jobs.Problem;
import io.tidemark.source.PostgresCapture;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * A capture onto standard output, until it ends by itself or is told to. A failure that may pass is
 * waited for, if that is wanted: then the job starts again from its newest state.
 */
final class CaptureRun {
  private static final Duration CHECKPOINT_INTERVAL = Duration.ofSeconds(2);
  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration STOP = Duration.ofSeconds(60);
  private static final int MAX_TASKS = 4;

  private final PostgresCapture capture;
  private final Map<String, String> flinkSettings;
  private final StateDirectory directory;
  private final Duration retry;
  private final StopSignal stop;

  /** What was said last of a failure that is waited for. */
  private String said;

  /**
   * @param flinkSettings further ones of Flink's
   * @param retry for how long it is tried again; zero if not at all
   */
  CaptureRun(
      PostgresCapture capture,
      Map<String, String> flinkSettings,
      StateDirectory directory,
      Duration retry,
      StopSignal stop) {
    this.capture = capture;
    this.flinkSettings = flinkSettings;
    this.directory = directory;
    this.retry = retry;
    this.stop = stop;
  }

  /**
   * Runs it.
   *
   * @return whether it ended by itself; if not, it was told to
   * @throws Exception what it failed with
   */
  boolean run() throws Exception {
    Patience patience = new Patience(retry, System::nanoTime);
    while (true) {
      Optional<Path> state = directory.keepNewest();
      Duration pause;
      try {
        boolean ended = attempt(state);
        directory.keepNewest();
        return ended;
      } catch (Exception e) {
        boolean progressed = !directory.newest().equals(state);
        if (stop.isRequested() || !mayPass(e)) {
          throw e;
        }
        Optional<Duration> next = patience.failed(progressed);
        if (next.isEmpty()) {
          throw retry.isZero() ? withHint(e) : e;
        }
        pause = next.get();
        tell(e, progressed);
      }
      if (stop.await(pause)) {
        return false;
      }
    }
  }

  private static boolean mayPass(Exception e) {
    return Problem.mayPass(e) && Problem.find(e, ReaderGoneException.class).isEmpty();
  }

  private static Failure withHint(Exception e) {
    return new Failure(
        Problem.describe(e) + "; --retry DURATION tries again until this has passed", e);
  }

  /** Once for each problem in a row. */
  private void tell(Exception e, boolean progressed) {
    String text = Problem.describe(e);
    if (progressed || !text.equals(said)) {
      System.err.printf(
          "tidemark capture: %s; trying again for %s%n", text, DurationConverter.format(retry));
    }
    said = text;
  }

  private boolean attempt(Optional<Path> state) throws Exception {
    LocalFlink flink =
        new LocalFlink(directory.checkpoints(), CHECKPOINT_INTERVAL).with(flinkSettings);
    state.ifPresent(flink::restoreFrom);
    StreamExecutionEnvironment environment =
        flink.environment(Math.min(capture.config().lanes(), MAX_TASKS));
    capture
        .from(environment)
        .sinkTo(new JsonLinesSink())
        .name("standard output")
        .uid("standard-output")
        .setParallelism(1);
    boolean ended;
    try (LocalJob job = flink.start(environment, "tidemark capture")) {
      ended = awaitEnd(job);
    } catch (Exception e) {
      throw first(e);
    }
    StandardOutput.get().flush();
    return ended;
  }

  /**
   * What went wrong first. A task that fails as it cannot print may be missed by others before it
   * has said so, and Flink then tells what they met.
   */
  private static Exception first(Exception told) {
    Optional<IOException> output = StandardOutput.get().failure();
    if (output.isPresent()) {
      return output.get();
    }
    try {
      StandardOutput.get().flush();
    } catch (IOException e) {
      told.addSuppressed(e);
    }
    return told;
  }

  /** Whether it ended by itself; if not, it was told to. */
  private boolean awaitEnd(LocalJob job) throws Exception {
    while (!job.awaitEnd(POLL)) {
      if (stop.isRequested()) {
        end(job);
        return false;
      }
    }
    return true;
  }

  /** Keeps the state, if it is to be kept and there is one: not before all tasks run. */
  private void end(LocalJob job) throws Exception {
    if (directory.isTemporary() || !job.isRunning()) {
      return;
    }
    try {
      job.stop(directory.savepoints(), STOP);
    } catch (ExecutionException | TimeoutException e) {
      if (job.awaitEnd(Duration.ZERO)) {
        return;
      }
      throw new Failure(
          "could not write the final state to %s: %s; %s"
              .formatted(
                  directory.savepoints(),
                  Problem.describe(e),
                  directory.newest().isPresent()
                      ? "the next run goes on at the last checkpoint, and prints again what came"
                          + " since"
                      : "there is no state yet, the next run starts anew"),
          e);
    }
  }
}
