package io.tidemark.source.enumerator;

import io.tidemark.source.event.EnumeratorEvent;
import io.tidemark.source.event.EnumeratorEvent.Dumps;
import io.tidemark.source.lane.ChunkId;
import io.tidemark.source.split.CaptureSplit;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;

/** Tells readers what they are to know. On the coordinator's thread. */
final class Readers {
  private final SplitEnumeratorContext<CaptureSplit> context;
  private final Supplier<Dumps> picture;

  /** Readers that are about to fail: an event for a task that does not run fails the job. */
  private final Set<Integer> failing = new HashSet<>();

  /** The picture of the dumps has changed since it was told. */
  private boolean publishing;

  private boolean held;

  /**
   * @param picture gives the dumps as they are now
   */
  Readers(SplitEnumeratorContext<CaptureSplit> context, Supplier<Dumps> picture) {
    this.context = context;
    this.picture = picture;
  }

  void started(int subtask) {
    failing.remove(subtask);
  }

  void fails(int subtask) {
    failing.add(subtask);
  }

  boolean isRunning(int subtask) {
    return context.registeredReaders().containsKey(subtask) && !failing.contains(subtask);
  }

  /** Those that run. */
  List<Integer> running() {
    return context.registeredReaders().keySet().stream().filter(this::isRunning).toList();
  }

  void tell(int subtask, EnumeratorEvent event) {
    if (isRunning(subtask)) {
      context.sendEventToSourceReader(subtask, event);
    }
  }

  void tellAll(EnumeratorEvent event) {
    running().forEach(reader -> tell(reader, event));
  }

  /** A lane has evaluated chunks: tells each chunk's reader. */
  void evaluated(int lane, List<ChunkId> chunks) {
    chunks.stream()
        .collect(Collectors.groupingBy(ChunkId::subtask))
        .forEach((reader, its) -> tell(reader, new EnumeratorEvent.ChunksEvaluated(lane, its)));
  }

  /**
   * Whether nobody is told of the dumps for now: readers restart, and which checkpoint they go on
   * from is not known yet. They would drop splits of dumps that are over since.
   */
  void hold(boolean now) {
    held = now;
  }

  /** Tells one reader the picture of the dumps. */
  void show(int subtask) {
    if (!held) {
      tell(subtask, picture.get());
    }
  }

  /** Has the picture told, once for all events that are waiting now. */
  void publish() {
    if (!publishing) {
      publishing = true;
      context.runInCoordinatorThread(this::publishNow);
    }
  }

  /** Tells the picture, if it is to be told. */
  void publishNow() {
    if (publishing && !held) {
      publishing = false;
      tellAll(picture.get());
    }
  }
}
