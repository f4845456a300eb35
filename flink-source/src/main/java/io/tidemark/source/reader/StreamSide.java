package io.tidemark.source.reader;

import io.tidemark.postgres.stream.StreamBatch;
import io.tidemark.postgres.stream.StreamFeed;
import io.tidemark.source.event.EnumeratorEvent.Dumps;
import io.tidemark.source.event.EnumeratorEvent.LeastPromise;
import io.tidemark.source.event.EnumeratorEvent.Published;
import io.tidemark.source.split.StreamSplit;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.apache.flink.metrics.MetricGroup;

/** The main thread's part in streaming: takes batches from the feed and gives them out. */
final class StreamSide implements AutoCloseable {
  /** Changes given out before the task looks after its other duties. */
  private static final int CHANGES_PER_TURN = 64;

  private final StreamFeed feed;
  private final StreamEmitter emitter;
  private final LongSupplier nanos;

  /** Checkpoint to the LSN up to which it holds everything: feedback once it completes. */
  private final TreeMap<Long, Long> checkpoints = new TreeMap<>();

  /** As of the last mark; for metrics, which other threads read. */
  private volatile Figures figures = new Figures(0, 0, 0, 0);

  private boolean begun;
  private StreamBatch batch;
  private int next;

  private record Figures(long position, long marks, long keysToRepair, long touchBytes) {}

  /**
   * Goes on where the emitter stands.
   *
   * @param nanos now, on a monotonic clock
   */
  StreamSide(StreamFeed feed, StreamEmitter emitter, MetricGroup metrics, LongSupplier nanos) {
    this.feed = feed;
    this.emitter = emitter;
    this.nanos = nanos;
    metrics.gauge("streamPosition", () -> figures.position);
    metrics.gauge("marks", () -> figures.marks);
    metrics.gauge("keysToRepair", () -> figures.keysToRepair);
    metrics.gauge("touchBytesOfLanes", () -> figures.touchBytes);
  }

  /** Gives out some changes; false if there is none now. */
  boolean emitNext() throws Exception {
    if (emitter.hasEnded()) {
      return false;
    }
    if (batch == null) {
      batch = feed.poll();
      next = 0;
      if (batch == null) {
        return false;
      }
    }
    if (!begun) {
      // Not before there is a stream: one that is refused says nothing.
      begun = true;
      emitter.begin();
    }
    long now = nanos.getAsLong();
    int end = Math.min(batch.size(), next + CHANGES_PER_TURN);
    while (next < end && !emitter.hasEnded()) {
      emitter.accept(batch.change(next), batch.lsn(next), now);
      next++;
    }
    if (emitter.hasEnded()) {
      // What comes after the end is nobody's.
      batch = null;
    } else if (next == batch.size()) {
      if (batch.heartbeatLsn() != 0) {
        emitter.heartbeat(batch.heartbeatLsn(), now);
      }
      batch = null;
      askForProgress();
      if (figures.marks != emitter.markCounter()) {
        figures =
            new Figures(
                emitter.restartLsn(),
                emitter.markCounter(),
                emitter.keysToRepair(),
                emitter.touchBytes());
      }
    }
    return true;
  }

  private void askForProgress() {
    if (emitter.wantsProgress()) {
      feed.requestHeartbeat();
    }
  }

  /** Done when {@link #emitNext} has something. */
  CompletableFuture<Void> available() {
    if (emitter.hasEnded()) {
      return new CompletableFuture<>();
    }
    return batch != null ? CompletableFuture.completedFuture(null) : feed.available();
  }

  void wish(Dumps dumps) {
    emitter.wish(dumps);
    feed.requestHeartbeat();
  }

  void look(Published published) {
    emitter.look(published);
    feed.requestHeartbeat();
  }

  void wantMark(long lsn) {
    emitter.wantMark(lsn);
    feed.requestHeartbeat();
  }

  void leastPromise(LeastPromise least) {
    emitter.leastPromise(least.attempt(), least.counter());
  }

  boolean hasEnded() {
    return emitter.hasEnded();
  }

  StreamSplit snapshot(long checkpoint) {
    checkpoints.put(checkpoint, emitter.restartLsn());
    return emitter.snapshot(checkpoint);
  }

  void checkpointCompleted(long checkpoint) {
    Map.Entry<Long, Long> newest = checkpoints.floorEntry(checkpoint);
    if (newest != null) {
      feed.acknowledge(newest.getValue());
      checkpoints.headMap(checkpoint, true).clear();
    }
  }

  @Override
  public void close() {
    feed.close();
  }
}
