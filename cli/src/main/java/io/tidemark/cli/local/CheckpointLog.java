package io.tidemark.cli.local;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.api.common.JobID;
import org.apache.flink.runtime.checkpoint.CheckpointFailureManager;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.Logger;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Property;

/**
 * Why checkpoints failed. What a job fails with for them does not say it, nor do its statistics:
 * Flink has the cause in its log alone.
 */
final class CheckpointLog extends AbstractAppender {
  private static CheckpointLog instance;

  private final Map<JobID, Throwable> newest = new ConcurrentHashMap<>();

  private CheckpointLog() {
    super("tidemark-checkpoints", null, null, true, Property.EMPTY_ARRAY);
  }

  /** Listens from the first call on, if the log is Log4j's. */
  static synchronized CheckpointLog get() {
    if (instance == null) {
      instance = new CheckpointLog();
      instance.start();
      if (LogManager.getLogger(CheckpointFailureManager.class) instanceof Logger logger) {
        logger.addAppender(instance);
      }
    }
    return instance;
  }

  @Override
  public void append(LogEvent event) {
    Object[] parameters = event.getMessage().getParameters();
    if (event.getThrown() != null && parameters != null) {
      Arrays.stream(parameters)
          .filter(JobID.class::isInstance)
          .forEach(job -> newest.put((JobID) job, event.getThrown()));
    }
  }

  /** What the newest failed checkpoint of a job failed with. */
  Optional<Throwable> cause(JobID job) {
    return Optional.ofNullable(newest.get(job));
  }

  /** The job is over. */
  void forget(JobID job) {
    newest.remove(job);
  }
}
