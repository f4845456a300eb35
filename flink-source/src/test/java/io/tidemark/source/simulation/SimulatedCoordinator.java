package io.tidemark.source.simulation;

import io.tidemark.postgres.TableName;
import io.tidemark.source.enumerator.EnumeratorState;
import io.tidemark.source.enumerator.EnumeratorStateSerializer;
import io.tidemark.source.enumerator.SimulatedWorld;
import io.tidemark.source.split.CaptureSplit;
import io.tidemark.source.split.CaptureSplitSerializer;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BiConsumer;
import org.apache.flink.api.connector.source.ReaderInfo;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.connector.source.SplitsAssignment;
import org.apache.flink.metrics.groups.SplitEnumeratorMetricGroup;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;

/**
 * Flink's source coordinator around the product's enumerator: its thread as a queue, its worker
 * threads as calls that run some time later, and its memory of which splits no checkpoint holds.
 */
final class SimulatedCoordinator implements SplitEnumeratorContext<CaptureSplit> {
  private final Choices choices;
  private final SimulatedWorld world;
  private final int parallelism;

  /** To each subtask: events and {@link Message}s. */
  private final List<Deque<Object>> inboxes;

  private final SplitEnumerator<CaptureSplit, EnumeratorState> enumerator;
  private final Map<Integer, ReaderInfo> registered = new TreeMap<>();
  private final Deque<Runnable> queue = new ArrayDeque<>();
  private final List<Runnable> calls = new ArrayList<>();
  private final List<Runnable> periodic = new ArrayList<>();

  /** Which splits were assigned after which checkpoint. */
  private final TreeMap<Long, Map<Integer, List<byte[]>>> assigned = new TreeMap<>();

  private final CaptureSplitSerializer splits = new CaptureSplitSerializer();
  private long lastCheckpoint;
  private boolean closed;

  /** What a subtask is told besides events. */
  sealed interface Message {
    record AddSplits(List<byte[]> splits) implements Message {}

    record NoMoreSplits() implements Message {}

    record Trigger(long checkpoint) implements Message {}

    record Completed(long checkpoint) implements Message {}
  }

  /** What a subtask tells besides events. */
  enum Request {
    REGISTER,
    SPLIT
  }

  /**
   * A coordinator with its enumerator, started.
   *
   * @param checkpoint the one that it is restored from; 0 at a fresh start
   * @param restored its state; null at a fresh start
   */
  SimulatedCoordinator(
      Choices choices,
      SimulatedWorld world,
      List<Deque<Object>> inboxes,
      long checkpoint,
      byte[] restored) {
    this.choices = choices;
    this.world = world;
    this.inboxes = inboxes;
    this.parallelism = inboxes.size();
    this.lastCheckpoint = checkpoint;
    try {
      EnumeratorState state =
          restored == null
              ? null
              : new EnumeratorStateSerializer().deserialize(version(), restored);
      this.enumerator = world.newEnumerator(this, state);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    enumerator.start();
  }

  private static int version() {
    return new EnumeratorStateSerializer().getVersion();
  }

  /** Runs one thing that waits on the coordinator's thread or on a worker; false if none does. */
  boolean step() {
    if (!queue.isEmpty() && (calls.isEmpty() || choices.below(2) == 0)) {
      queue.poll().run();
      return true;
    } else if (!calls.isEmpty()) {
      calls.remove(choices.below(calls.size())).run();
      return true;
    }
    return false;
  }

  /** The time of the periodic calls has come. */
  void tick() {
    calls.addAll(periodic);
  }

  /** Its thread ends, then the enumerator. */
  void close() {
    closed = true;
    try {
      enumerator.close();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  boolean isIdle() {
    return queue.isEmpty() && calls.isEmpty();
  }

  /** Whether all of these were dumped and no dump is under way. */
  boolean isDumped(Collection<TableName> tables) {
    try {
      return world.isDumped(enumerator.snapshotState(-1), tables);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** What it is asked for, from outside. */
  List<?> requests() {
    try {
      return world.requests(enumerator.snapshotState(-1));
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  // What subtasks send.

  void handle(int subtask, Object sent) {
    if (sent == Request.REGISTER) {
      registered.put(subtask, new ReaderInfo(subtask, "host"));
      enumerator.addReader(subtask);
    } else if (sent == Request.SPLIT) {
      enumerator.handleSplitRequest(subtask, "host");
    } else {
      enumerator.handleSourceEvent(subtask, (SourceEvent) sent);
    }
  }

  // Failures and checkpoints.

  void taskFailed(int subtask) {
    registered.remove(subtask);
  }

  /** The subtask is restored from this checkpoint, or from none: 0. */
  void taskReset(int subtask, long checkpoint) {
    List<CaptureSplit> back = new ArrayList<>();
    for (Map<Integer, List<byte[]>> each : assigned.tailMap(checkpoint, true).values()) {
      List<byte[]> lost = each.remove(subtask);
      if (lost != null) {
        lost.forEach(split -> back.add(read(split)));
      }
    }
    enumerator.addSplitsBack(back, subtask);
  }

  CaptureSplit read(byte[] split) {
    try {
      return splits.deserialize(splits.getVersion(), split);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  byte[] write(CaptureSplit split) {
    try {
      return splits.serialize(split);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  byte[] checkpoint(long checkpoint) {
    try {
      lastCheckpoint = checkpoint;
      return new EnumeratorStateSerializer().serialize(enumerator.snapshotState(checkpoint));
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  void checkpointCompleted(long checkpoint) {
    assigned.headMap(checkpoint, false).clear();
    try {
      enumerator.notifyCheckpointComplete(checkpoint);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  // What the enumerator calls.

  @Override
  public SplitEnumeratorMetricGroup metricGroup() {
    return UnregisteredMetricsGroup.createSplitEnumeratorMetricGroup();
  }

  @Override
  public void sendEventToSourceReader(int subtask, SourceEvent event) {
    requireRegistered(subtask, event);
    inboxes.get(subtask).add(event);
  }

  @Override
  public int currentParallelism() {
    return parallelism;
  }

  @Override
  public Map<Integer, ReaderInfo> registeredReaders() {
    return registered;
  }

  @Override
  public void assignSplits(SplitsAssignment<CaptureSplit> assignment) {
    assignment
        .assignment()
        .forEach(
            (subtask, all) -> {
              requireRegistered(subtask, all);
              List<byte[]> bytes = all.stream().map(this::write).toList();
              assigned
                  .computeIfAbsent(lastCheckpoint, checkpoint -> new HashMap<>())
                  .computeIfAbsent(subtask, key -> new ArrayList<>())
                  .addAll(bytes);
              inboxes.get(subtask).add(new Message.AddSplits(bytes));
            });
  }

  @Override
  public void signalNoMoreSplits(int subtask) {
    inboxes.get(subtask).add(new Message.NoMoreSplits());
  }

  private void requireRegistered(int subtask, Object what) {
    if (!registered.containsKey(subtask)) {
      throw new AssertionError(what + " for subtask " + subtask + ", which does not run");
    }
  }

  @Override
  public <T> void callAsync(Callable<T> callable, BiConsumer<T, Throwable> handler) {
    calls.add(() -> call(callable, handler));
  }

  private <T> void call(Callable<T> callable, BiConsumer<T, Throwable> handler) {
    try {
      T result = callable.call();
      queue.add(() -> handler.accept(result, null));
    } catch (Exception e) {
      queue.add(() -> handler.accept(null, e));
    }
  }

  @Override
  public <T> void callAsync(
      Callable<T> callable, BiConsumer<T, Throwable> handler, long initialDelay, long period) {
    periodic.add(() -> call(callable, handler));
  }

  @Override
  public void runInCoordinatorThread(Runnable runnable) {
    if (closed) {
      throw new RejectedExecutionException();
    }
    queue.add(runnable);
  }
}
