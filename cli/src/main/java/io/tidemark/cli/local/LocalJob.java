package io.tidemark.cli.local;

import io.tidemark.jobs.Failure;
import io.tidemark.jobs.Problem;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.StreamSupport;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.checkpoint.CheckpointFailureManager;
import org.apache.flink.runtime.client.JobInitializationException;
import org.apache.flink.runtime.execution.ExecutionState;
import org.apache.flink.runtime.executiongraph.AccessExecutionGraph;
import org.apache.flink.runtime.executiongraph.ErrorInfo;
import org.apache.flink.runtime.jobgraph.SavepointRestoreSettings;
import org.apache.flink.runtime.jobmaster.JobResult;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.runtime.minicluster.RpcServiceSharing;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.util.ExceptionUtils;
import org.apache.flink.util.SerializedThrowable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A job on a Flink of its own inside this JVM: see {@link LocalFlink#start}. */
public final class LocalJob implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LocalJob.class);

  /** How the text of a failure begins that is one for failed checkpoints. */
  private static final String CHECKPOINTS_FAILED =
      CheckpointFailureManager.EXCEEDED_CHECKPOINT_TOLERABLE_FAILURE_MESSAGE;

  private static final long ANSWER_SECONDS = 30;
  private static final long CLOSE_SECONDS = 30;

  private final MiniCluster flink;
  private final JobID id;
  private final String checkpoints;

  /** What it was started from; null if from nothing. */
  private final String restored;

  private final CompletableFuture<JobResult> result;

  /** When the failure was that {@link #newFailure} told last, in Flink's time. */
  private long failedAt;

  private LocalJob(MiniCluster flink, JobID id, SavepointRestoreSettings restore) {
    this.flink = flink;
    this.id = id;
    this.checkpoints = flink.getConfiguration().get(CheckpointingOptions.CHECKPOINTS_DIRECTORY);
    this.restored = restore.getRestorePath();
    this.result = flink.requestJobResult(id);
  }

  static LocalJob start(MiniClusterConfiguration.Builder configuration, StreamGraph graph)
      throws Exception {
    MiniCluster flink =
        new MiniCluster(configuration.setRpcServiceSharing(RpcServiceSharing.SHARED).build());
    CheckpointLog.get();
    try {
      flink.start();
    } catch (Exception e) {
      close(flink);
      Optional<IOException> io = ExceptionUtils.findThrowable(e, IOException.class);
      throw io.isPresent() ? TemporaryFolder.failure(TemporaryFolder.path(), io.get()) : e;
    }
    try {
      JobID id = flink.submitJob(graph).get().getJobID();
      return new LocalJob(flink, id, graph.getSavepointRestoreSettings());
    } catch (Exception e) {
      close(flink);
      throw e;
    }
  }

  /** Whether it has ended, in whatever way. */
  public boolean isOver() {
    return result.isDone();
  }

  /**
   * Waits for its end, no longer than given.
   *
   * @return whether it has ended, and not failed
   * @throws Exception what it failed with
   */
  public boolean awaitEnd(Duration timeout) throws Exception {
    JobResult end;
    try {
      end = result.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      return false;
    }
    if (!end.isSuccess()) {
      throw cause(end.getSerializedThrowable());
    }
    return true;
  }

  /** What it failed with since this was last asked, though it was started again since. */
  public Optional<Exception> newFailure() throws InterruptedException {
    ErrorInfo failure = graph().map(AccessExecutionGraph::getFailureInfo).orElse(null);
    if (failure == null || failure.getTimestamp() <= failedAt) {
      return Optional.empty();
    }
    failedAt = failure.getTimestamp();
    return Optional.of(cause(Optional.of(failure.getException())));
  }

  private Exception cause(Optional<SerializedThrowable> serialized) {
    if (serialized.isEmpty()) {
      return new IllegalStateException("the job was cancelled");
    }
    Throwable cause = serialized.get().deserializeError(LocalJob.class.getClassLoader());
    boolean checkpoint =
        ExceptionUtils.findThrowableWithMessage(cause, CHECKPOINTS_FAILED).isPresent();
    Optional<Throwable> why = checkpoint ? CheckpointLog.get().cause(id) : Optional.empty();
    if (why.isPresent()) {
      return new Failure(
          "cannot write a checkpoint to %s: %s; %s"
              .formatted(
                  Path.of(URI.create(checkpoints)),
                  Problem.reason(why.get()),
                  StateDirectory.REMEDY),
          why.get());
    }
    if (restored != null
        && ExceptionUtils.findThrowable(cause, JobInitializationException.class).isPresent()) {
      return new Failure(
          "cannot go on from the state in %s: %s; name another directory to start anew"
              .formatted(Path.of(URI.create(restored)), Problem.describe(cause)),
          cause);
    }
    return cause instanceof Exception exception ? exception : new ExecutionException(cause);
  }

  /** Whether all of it runs, as far as Flink says: only then can its state be written. */
  public boolean isRunning() throws InterruptedException {
    return !result.isDone() && graph().map(LocalJob::isRunning).orElse(true);
  }

  private static boolean isRunning(AccessExecutionGraph graph) {
    return graph.getState() == JobStatus.RUNNING
        && StreamSupport.stream(graph.getAllExecutionVertices().spliterator(), false)
            .allMatch(task -> task.getExecutionState() == ExecutionState.RUNNING);
  }

  /** Empty if the job has ended, or Flink does not say, as on a machine that is too busy. */
  private Optional<AccessExecutionGraph> graph() throws InterruptedException {
    if (result.isDone()) {
      return Optional.empty();
    }
    try {
      return Optional.of(flink.getExecutionGraph(id).get());
    } catch (ExecutionException e) {
      LOG.info("Flink does not say how its job is", e);
      return Optional.empty();
    }
  }

  /**
   * Ends it with its state in a directory.
   *
   * @throws ExecutionException if the state cannot be written; the job then runs still, or failed
   * @throws TimeoutException if that takes too long
   */
  public void stop(Path savepoints, Duration timeout)
      throws InterruptedException, ExecutionException, TimeoutException {
    String directory = savepoints.toUri().toString();
    flink
        .stopWithSavepoint(id, directory, false, SavepointFormatType.NATIVE)
        .get(timeout.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Ends Flink, and with it the job, without a state unless it has ended already. */
  @Override
  public void close() {
    if (!result.isDone()) {
      try {
        flink.cancelJob(id).get(ANSWER_SECONDS, TimeUnit.SECONDS);
        result.get(ANSWER_SECONDS, TimeUnit.SECONDS);
      } catch (ExecutionException | TimeoutException e) {
        LOG.info("The job was not cancelled in order", e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    close(flink);
    CheckpointLog.get().forget(id);
  }

  private static void close(MiniCluster flink) {
    try {
      flink.closeAsync().get(CLOSE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      LOG.info("Flink did not end in order", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
