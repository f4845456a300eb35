package io.tidemark.cli.local;

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
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.execution.ExecutionState;
import org.apache.flink.runtime.executiongraph.AccessExecutionGraph;
import org.apache.flink.runtime.executiongraph.ErrorInfo;
import org.apache.flink.runtime.jobmaster.JobResult;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.runtime.minicluster.RpcServiceSharing;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.util.SerializedThrowable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A job on a Flink of its own inside this JVM: see {@link LocalFlink#start}. */
public final class LocalJob implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LocalJob.class);
  private static final long ANSWER_SECONDS = 30;
  private static final long CLOSE_SECONDS = 30;

  private final MiniCluster flink;
  private final JobID id;
  private final CompletableFuture<JobResult> result;

  /** When the failure was that {@link #newFailure} told last, in Flink's time. */
  private long failedAt;

  private LocalJob(MiniCluster flink, JobID id) {
    this.flink = flink;
    this.id = id;
    this.result = flink.requestJobResult(id);
  }

  static LocalJob start(MiniClusterConfiguration.Builder configuration, StreamGraph graph)
      throws Exception {
    MiniCluster flink =
        new MiniCluster(configuration.setRpcServiceSharing(RpcServiceSharing.SHARED).build());
    try {
      flink.start();
      return new LocalJob(flink, flink.submitJob(graph).get().getJobID());
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
  public Optional<Exception> newFailure() throws InterruptedException, ExecutionException {
    ErrorInfo failure = result.isDone() ? null : graph().getFailureInfo();
    if (failure == null || failure.getTimestamp() <= failedAt) {
      return Optional.empty();
    }
    failedAt = failure.getTimestamp();
    return Optional.of(cause(Optional.of(failure.getException())));
  }

  private static Exception cause(Optional<SerializedThrowable> serialized) {
    if (serialized.isEmpty()) {
      return new IllegalStateException("the job was cancelled");
    }
    Throwable cause = serialized.get().deserializeError(LocalJob.class.getClassLoader());
    return cause instanceof Exception exception ? exception : new ExecutionException(cause);
  }

  /** Whether all of it runs: only then can its state be written. */
  public boolean isRunning() throws InterruptedException, ExecutionException {
    if (result.isDone()) {
      return false;
    }
    AccessExecutionGraph graph = graph();
    return graph.getState() == JobStatus.RUNNING
        && StreamSupport.stream(graph.getAllExecutionVertices().spliterator(), false)
            .allMatch(task -> task.getExecutionState() == ExecutionState.RUNNING);
  }

  private AccessExecutionGraph graph() throws InterruptedException, ExecutionException {
    return flink.getExecutionGraph(id).get();
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
