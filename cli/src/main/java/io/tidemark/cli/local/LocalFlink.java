package io.tidemark.cli.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.configuration.WebOptions;
import org.apache.flink.core.execution.RecoveryClaimMode;
import org.apache.flink.runtime.jobgraph.SavepointRestoreSettings;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamGraph;

/**
 * Flink inside this JVM, for one job, whose first failure ends it: then nothing is repeated within
 * one run, and the user sees the cause.
 */
public final class LocalFlink {
  private static final int FIRST_WEB_PORT = 8081;
  private static final int LAST_WEB_PORT = 8180;

  private final Map<String, String> settings = new HashMap<>();
  private final Configuration configuration = new Configuration();

  /**
   * @param checkpoints the directory that checkpoints go to, each kept until the next is complete
   * @param interval the time between checkpoints
   */
  public LocalFlink(Path checkpoints, Duration interval) {
    configuration.set(CheckpointingOptions.CHECKPOINT_STORAGE, "filesystem");
    configuration.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, checkpoints.toUri().toString());
    configuration.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, interval);
    configuration.set(
        CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
        ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
    configuration.set(RestOptions.BIND_PORT, "0");
    String temporary = TemporaryFolder.path().toString();
    configuration.set(CoreOptions.TMP_DIRS, temporary);
    configuration.set(WebOptions.TMP_DIR, temporary);
    settings.put("metrics.reporter.local.factory.class", LocalMetrics.Factory.class.getName());
  }

  /** Starts the job from a checkpoint or savepoint, which is then Flink's to delete. */
  public LocalFlink restoreFrom(Path snapshot) {
    configuration.set(StateRecoveryOptions.SAVEPOINT_PATH, snapshot.toUri().toString());
    configuration.set(StateRecoveryOptions.RESTORE_MODE, RecoveryClaimMode.CLAIM);
    return this;
  }

  /** Any other of Flink's settings. */
  public LocalFlink with(Map<String, String> more) {
    settings.putAll(more);
    return this;
  }

  /**
   * Flink's web UI, on the first free port from 8081 on.
   *
   * @return its URL
   */
  public String withWebUi() {
    int webPort = freePort();
    configuration.set(RestOptions.ADDRESS, "localhost");
    configuration.set(RestOptions.BIND_ADDRESS, "localhost");
    configuration.set(RestOptions.PORT, webPort);
    configuration.set(RestOptions.BIND_PORT, Integer.toString(webPort));
    return "http://localhost:" + webPort;
  }

  /** An environment for one job. */
  public StreamExecutionEnvironment environment(int parallelism) {
    configuration.addAll(Configuration.fromMap(settings));
    StreamExecutionEnvironment environment =
        StreamExecutionEnvironment.createLocalEnvironment(parallelism, configuration);
    environment.setParallelism(parallelism);
    return environment;
  }

  /**
   * Starts the job of an environment of this Flink.
   *
   * @throws Exception what kept it from starting
   */
  public LocalJob start(StreamExecutionEnvironment environment, String name) throws Exception {
    StreamGraph graph = environment.getStreamGraph();
    graph.setJobName(name);
    graph.setSavepointRestoreSettings(SavepointRestoreSettings.fromConfiguration(configuration));
    return LocalJob.start(
        new MiniClusterConfiguration.Builder()
            .setConfiguration(configuration)
            .setNumTaskManagers(1)
            .setNumSlotsPerTaskManager(environment.getParallelism()),
        graph);
  }

  private static int freePort() {
    for (int port = FIRST_WEB_PORT; port <= LAST_WEB_PORT; port++) {
      try (ServerSocket socket = new ServerSocket()) {
        socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        return port;
      } catch (IOException e) {
        if (port == LAST_WEB_PORT) {
          throw new UncheckedIOException(
              "no port from %d to %d is free for Flink's web UI"
                  .formatted(FIRST_WEB_PORT, LAST_WEB_PORT),
              e);
        }
      }
    }
    throw new AssertionError("unreachable");
  }
}
