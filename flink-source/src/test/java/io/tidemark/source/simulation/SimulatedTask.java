package io.tidemark.source.simulation;

import io.tidemark.source.event.EnumeratorEvent;
import io.tidemark.source.event.ReaderEvent;
import io.tidemark.source.lane.LaneRecord;
import io.tidemark.source.reader.SimulatedParts;
import io.tidemark.source.reader.TaskStub;
import io.tidemark.source.simulation.SimulatedCoordinator.Message;
import io.tidemark.source.simulation.SimulatedCoordinator.Request;
import io.tidemark.source.split.CaptureSplit;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.core.io.InputStatus;

/**
 * Flink's task around the product's reader: it polls when the reader says that it has something,
 * and only then, so that a wake-up that the reader forgets is found as a run that does not end.
 */
final class SimulatedTask extends TaskStub {
  private final SimulatedParts parts;
  private final Deque<Object> inbox;
  private final SourceReader<LaneRecord, CaptureSplit> reader;

  /** What it has sent and the coordinator has not received: events and {@link Request}s. */
  private final Deque<Object> outbox = new ArrayDeque<>();

  private boolean more = true;
  private boolean paused;

  /** A task that runs. */
  SimulatedTask(
      Place place,
      SimulatedParts parts,
      Deque<Object> inbox,
      Consumer<LaneRecord> out,
      List<CaptureSplit> restored) {
    super(place, out);
    this.parts = parts;
    this.inbox = inbox;
    this.reader = parts.newReader(this);
    if (!restored.isEmpty()) {
      reader.addSplits(restored);
    }
    outbox.add(Request.REGISTER);
    reader.start();
  }

  Deque<Object> outbox() {
    return outbox;
  }

  /** Whether the reader was told to emit nothing. */
  boolean isPaused() {
    return paused;
  }

  /** Whether the coordinator has heard that it runs, and with what. */
  boolean isRunning() {
    return outbox.stream()
        .noneMatch(each -> each == Request.REGISTER || each instanceof ReaderEvent.StreamStarted);
  }

  SimulatedParts parts() {
    return parts;
  }

  /** Whether nothing is on its way and the reader has nothing to give out. */
  boolean isIdle() {
    return outbox.isEmpty() && inbox.isEmpty() && !isReady() && parts.isCaughtUp();
  }

  private boolean isReady() {
    return more || reader.isAvailable().isDone();
  }

  /** Has the reader give out something; false if it says that it has nothing. */
  boolean poll() {
    if (!isReady()) {
      return false;
    }
    try {
      more = reader.pollNext(this) == InputStatus.MORE_AVAILABLE;
    } catch (Exception e) {
      throw new AssertionError("the reader failed: " + e.getMessage(), e);
    }
    return true;
  }

  /** The state of the reader at a barrier. */
  List<CaptureSplit> snapshot(long checkpoint) {
    return reader.snapshotState(checkpoint);
  }

  /** Takes the next of what it was sent; gives the checkpoint that is to begin now, or 0. */
  long receive(java.util.function.Function<byte[], CaptureSplit> splits) {
    Object next = inbox.poll();
    if (next instanceof Message.Trigger trigger) {
      return trigger.checkpoint();
    } else if (next instanceof Message.AddSplits add) {
      reader.addSplits(add.splits().stream().map(splits).toList());
    } else if (next instanceof Message.NoMoreSplits) {
      reader.notifyNoMoreSplits();
    } else if (next instanceof Message.Completed completed) {
      try {
        reader.notifyCheckpointComplete(completed.checkpoint());
      } catch (Exception e) {
        throw new AssertionError(e);
      }
    } else if (next != null) {
      paused = next instanceof EnumeratorEvent.Paused told ? told.paused() : paused;
      reader.handleSourceEvents((SourceEvent) next);
    }
    return 0;
  }

  void close() {
    try {
      reader.close();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  // What the reader calls.

  @Override
  public void sendSplitRequest() {
    outbox.add(Request.SPLIT);
  }

  @Override
  public void sendSourceEventToCoordinator(SourceEvent event) {
    outbox.add(event);
  }
}
