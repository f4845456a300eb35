package io.tidemark.source.reader;

import io.tidemark.source.event.ReaderEvent;
import io.tidemark.source.split.StreamSplit;
import java.util.List;
import java.util.function.Consumer;
import org.apache.flink.metrics.MetricGroup;

/** What a {@link CaptureReader} is made of; all that it knows of the world is behind this. */
interface ReaderParts {
  /** How many lanes the merge has. */
  int lanes();

  DumpScheduler newScheduler(int subtask);

  DumpQueue newQueue();

  /** Has the scheduler's splits read, each by one of the workers, into the queue. */
  List<DumpWorker> startDumpThreads(DumpScheduler scheduler, DumpQueue queue, int subtask);

  /** Goes on with the stream. */
  StreamSide startStream(
      StreamSplit split, LaneOutput out, Consumer<ReaderEvent> events, MetricGroup metrics);

  /** Reads dump splits, one at a time. */
  interface DumpWorker {
    /** Stops; a chunk that is being read is abandoned. */
    void close();
  }
}
