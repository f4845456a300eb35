package io.tidemark.source.enumerator;

import io.tidemark.source.KeptGauges;
import io.tidemark.source.split.CaptureSplit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;
import org.apache.flink.api.connector.source.ReaderInfo;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.connector.source.SplitsAssignment;
import org.apache.flink.metrics.groups.SplitEnumeratorMetricGroup;

/** Flink's source coordinator, whose worker and thread go on when a test says so. */
final class CoordinatorByHand implements SplitEnumeratorContext<CaptureSplit> {
  /** What is told to a reader that gets no more splits. */
  static final Object NO_MORE_SPLITS = "no more splits";

  final KeptGauges gauges = new KeptGauges();
  private final int parallelism;
  private final Map<Integer, ReaderInfo> registered = new TreeMap<>();
  private final Map<Integer, List<Object>> told = new HashMap<>();
  private final Deque<Runnable> queue = new ArrayDeque<>();
  private final Deque<Runnable> calls = new ArrayDeque<>();
  private final List<Runnable> periodic = new ArrayList<>();

  CoordinatorByHand(int parallelism) {
    this.parallelism = parallelism;
  }

  void register(int subtask) {
    registered.put(subtask, new ReaderInfo(subtask, "host"));
  }

  void unregister(int subtask) {
    registered.remove(subtask);
  }

  /** Events, splits and {@link #NO_MORE_SPLITS}, in the order in which the subtask gets them. */
  List<Object> told(int subtask) {
    return told.computeIfAbsent(subtask, key -> new ArrayList<>());
  }

  /** The time of the periodic calls has come. */
  void tick() {
    calls.addAll(periodic);
    settle();
  }

  /** Runs what waits on the worker and on the coordinator's thread, and what comes of it. */
  void settle() {
    while (!queue.isEmpty() || !calls.isEmpty()) {
      (queue.isEmpty() ? calls : queue).poll().run();
    }
  }

  /** Runs what waits on the coordinator's thread, while the worker is slow. */
  void settleThread() {
    while (!queue.isEmpty()) {
      queue.poll().run();
    }
  }

  private void tell(int subtask, Object what) {
    if (!registered.containsKey(subtask)) {
      throw new AssertionError(what + " for subtask " + subtask + ", which does not run");
    }
    told(subtask).add(what);
  }

  @Override
  public SplitEnumeratorMetricGroup metricGroup() {
    return gauges;
  }

  @Override
  public void sendEventToSourceReader(int subtask, SourceEvent event) {
    tell(subtask, event);
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
    assignment.assignment().forEach((subtask, all) -> all.forEach(split -> tell(subtask, split)));
  }

  @Override
  public void signalNoMoreSplits(int subtask) {
    tell(subtask, NO_MORE_SPLITS);
  }

  @Override
  public <T> void callAsync(Callable<T> callable, BiConsumer<T, Throwable> handler) {
    calls.add(() -> call(callable, handler));
  }

  @Override
  public <T> void callAsync(
      Callable<T> callable, BiConsumer<T, Throwable> handler, long initialDelay, long period) {
    periodic.add(() -> call(callable, handler));
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
  public void runInCoordinatorThread(Runnable runnable) {
    queue.add(runnable);
  }
}
