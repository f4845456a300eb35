package io.tidemark.source.enumerator;

import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at the primary's WAL now and then: how far the stream is behind it, and how much of it the
 * slot holds back. Figures may be asked for on any thread.
 */
final class WalWatch {
  private static final Logger LOG = LoggerFactory.getLogger(WalWatch.class);
  private static final long INTERVAL_MILLIS = 2_000;

  private final StreamLag lag = new StreamLag();
  private volatile long retainedBytes;

  /** The primary does not answer, and that was said. */
  private boolean unanswered;

  /**
   * Begins to look, on the worker.
   *
   * @param looked called each time, on the coordinator's thread
   */
  void start(SplitEnumeratorContext<?> context, CaptureWorld world, Runnable looked) {
    context.callAsync(
        world::wal,
        (wal, failure) -> {
          looked.run();
          if (failure == null) {
            retainedBytes = wal.retainedBytes();
            lag.walEnd(wal.end(), System.nanoTime());
            unanswered = false;
          } else if (!unanswered) {
            unanswered = true;
            LOG.info("Cannot ask the primary for its WAL: {}", failure.getMessage());
          }
        },
        INTERVAL_MILLIS,
        INTERVAL_MILLIS);
  }

  StreamLag lag() {
    return lag;
  }

  /** Bytes of WAL that the slot held back when last asked. */
  long retainedBytes() {
    return retainedBytes;
  }
}
