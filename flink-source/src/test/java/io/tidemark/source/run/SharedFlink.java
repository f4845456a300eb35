package io.tidemark.source.run;

import java.util.List;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.util.MiniClusterPipelineExecutorServiceLoader;

/**
 * The Flink on which this JVM's captures run: one for all, as to start and to stop one takes longer
 * than most of what is captured. A job's checkpoints, restarts and metrics are its own.
 */
final class SharedFlink {
  /** More than any test's jobs need at once. */
  private static final int SLOTS = 32;

  private static MiniCluster cluster;

  private SharedFlink() {}

  /** An environment whose jobs run here, with a configuration of their own. */
  static StreamExecutionEnvironment environment(int parallelism, Configuration job)
      throws Exception {
    StreamExecutionEnvironment environment =
        new StreamExecutionEnvironment(
            new MiniClusterPipelineExecutorServiceLoader(cluster()),
            MiniClusterPipelineExecutorServiceLoader.updateConfigurationForMiniCluster(
                new Configuration(job), List.of(), List.of()),
            SharedFlink.class.getClassLoader());
    environment.setParallelism(parallelism);
    return environment;
  }

  /** Started once. What it leaves on disk Flink deletes when the JVM ends. */
  private static synchronized MiniCluster cluster() throws Exception {
    if (cluster == null) {
      Configuration configuration = new Configuration();
      RunMetrics.configuration().forEach(configuration::setString);
      MiniCluster started =
          new MiniCluster(
              new MiniClusterConfiguration.Builder()
                  .setConfiguration(configuration)
                  .setNumTaskManagers(1)
                  .setNumSlotsPerTaskManager(SLOTS)
                  .withRandomPorts()
                  .build());
      started.start();
      cluster = started;
    }
    return cluster;
  }
}
