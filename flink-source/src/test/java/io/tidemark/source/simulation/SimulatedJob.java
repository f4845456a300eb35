package io.tidemark.source.simulation;

import io.tidemark.postgres.change.DumpEnd;
import io.tidemark.source.enumerator.SimulatedWorld;
import io.tidemark.source.event.ReaderEvent;
import io.tidemark.source.lane.ChunkId;
import io.tidemark.source.lane.LaneRecord;
import io.tidemark.source.merge.LaneMerge;
import io.tidemark.source.merge.MergeCounts;
import io.tidemark.source.reader.SimulatedParts;
import io.tidemark.source.reader.TaskStub;
import io.tidemark.source.simulation.Coverage.Case;
import io.tidemark.source.simulation.SimulatedCoordinator.Message;
import io.tidemark.source.split.CaptureSplit;
import io.tidemark.source.split.StreamSplit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The job on a simulated Flink: a coordinator, tasks of the source, lanes of the merge, each with a
 * {@link Ledger} behind it, and channels between them that run at any speed. With one lane source
 * and merge are chained. Checkpoints are aligned; a failure restarts everything, from the last
 * checkpoint, with the coordinator or without.
 *
 * <p>More than 400 lines: what it is asked for, and what that does to its state, belong together.
 */
final class SimulatedJob {
  /** A checkpoint's barrier in a channel. */
  private record Barrier(long checkpoint) {}

  private static final class Checkpoint {
    final long id;
    final byte[] enumerator;
    final List<List<byte[]>> splits = new ArrayList<>();
    final Ledger[] ledgers;
    long position;
    int acknowledged;

    Checkpoint(long id, byte[] enumerator, int parallelism, int lanes) {
      this.id = id;
      this.enumerator = enumerator;
      this.ledgers = new Ledger[lanes];
      for (int i = 0; i < parallelism; i++) {
        splits.add(new ArrayList<>());
      }
    }
  }

  private final Consumer<Supplier<String>> trace;
  private final Choices choices;
  private final Coverage coverage;
  private final SimulatedPrimary primary;
  private final SimulatedWorld world;
  private final SimulatedParts.World readers;

  /** Null if no dumps are requested. */
  private final SimulatedRequests requests;

  private final int lanes;
  private int parallelism;
  private SimulatedCoordinator coordinator;
  private SimulatedTask[] tasks;
  private List<Deque<Object>> inboxes;

  /** From each task to each subtask of the merge; with one lane there are none. */
  private List<List<Deque<Object>>> channels;

  /** From each subtask of the merge, or from the chain, to the coordinator. */
  private List<Deque<Object>> reports;

  private boolean[][] blocked;
  private final LaneMerge[] merges;
  private final Ledger[] ledgers;
  private MergeCounts counts = new MergeCounts();
  private Checkpoint current;
  private Checkpoint last;
  private long checkpoints;
  private long runs;

  /** The slot's confirmed LSN. */
  private long confirmed = SimulatedPrimary.startLsn();

  SimulatedJob(
      SimulatedPrimary primary,
      SimulatedWorld world,
      SimulatedParts.World readers,
      SimulatedRequests requests,
      int parallelism,
      Consumer<Supplier<String>> trace) {
    this.trace = trace;
    this.choices = readers.choices();
    this.coverage = readers.coverage();
    this.primary = primary;
    this.world = world;
    this.readers = readers;
    this.requests = requests;
    this.lanes = readers.settings().lanes();
    this.parallelism = parallelism;
    this.merges = new LaneMerge[lanes];
    this.ledgers = new Ledger[lanes];
    inboxes = newQueues(parallelism);
    coordinator = new SimulatedCoordinator(choices, world, inboxes, 0, null);
    startTasks();
  }

  int parallelism() {
    return parallelism;
  }

  SimulatedCoordinator coordinator() {
    return coordinator;
  }

  SimulatedTask task(int subtask) {
    return tasks[subtask];
  }

  boolean isIdle() {
    return Arrays.stream(tasks).allMatch(SimulatedTask::isIdle)
        && coordinator.isIdle()
        && channels.stream().flatMap(List::stream).allMatch(Deque::isEmpty)
        && reports.stream().allMatch(Deque::isEmpty)
        && coordinator.isDumped(primary.published());
  }

  List<Ledger> ledgers() {
    return List.of(ledgers);
  }

  MergeCounts counts() {
    return counts;
  }

  // Steps.

  /** The coordinator receives what a task sent. */
  void hear(int subtask) {
    Object sent = tasks[subtask].outbox().poll();
    if (sent != null) {
      trace.accept(() -> "  coordinator <- task " + subtask + ": " + sent);
      coordinator.handle(subtask, sent);
    }
  }

  /** The coordinator receives what a subtask of the merge sent; false if it sent nothing. */
  boolean hearOfLanes(int merge) {
    Object sent = reports.get(merge).poll();
    if (sent != null) {
      trace.accept(() -> "  coordinator <- merge " + merge + ": " + sent);
      coordinator.handle(merge, sent);
    }
    return sent != null;
  }

  /** A task receives what the coordinator sent. */
  void receive(int subtask) {
    if (hasNews(subtask)) {
      Object news = inboxes.get(subtask).peek();
      trace.accept(() -> "  task " + subtask + " <- coordinator: " + news);
    }
    long checkpoint = tasks[subtask].receive(coordinator::read);
    if (checkpoint > 0) {
      List<byte[]> splits = new ArrayList<>();
      boolean counts = current != null && current.id == checkpoint;
      for (CaptureSplit split : tasks[subtask].snapshot(checkpoint)) {
        splits.add(coordinator.write(split));
        if (counts && split instanceof StreamSplit stream) {
          current.position = stream.position().lsn();
        }
      }
      if (counts) {
        current.splits.set(subtask, splits);
      }
      if (lanes == 1) {
        acknowledge(checkpoint, 0, 1);
      } else {
        for (Deque<Object> channel : channels.get(subtask)) {
          channel.add(new Barrier(checkpoint));
        }
      }
    }
  }

  /** A subtask of the merge takes some of what a task has emitted; false if it took none. */
  boolean deliver(int subtask, int merge, int most) {
    Deque<Object> channel = channels.get(subtask).get(merge);
    int before = channel.size();
    for (int left = most; left > 0 && !blocked[subtask][merge] && !channel.isEmpty(); left--) {
      Object next = channel.poll();
      if (next instanceof Barrier barrier) {
        align(barrier, subtask, merge);
      } else {
        merge((LaneRecord) next);
      }
    }
    return channel.size() != before;
  }

  /** Whether the coordinator has sent the task something. */
  boolean hasNews(int subtask) {
    return !inboxes.get(subtask).isEmpty();
  }

  int merges() {
    return lanes == 1 ? 0 : Math.min(lanes, parallelism);
  }

  private void merge(LaneRecord laneRecord) {
    trace.accept(() -> "    lane <- " + laneRecord);
    int lane = laneRecord.lane();
    merges[lane].accept(laneRecord);
    List<ChunkId> evaluated = merges[lane].takeEvaluated();
    if (!evaluated.isEmpty()) {
      reports.get(lane % reports.size()).add(new ReaderEvent.ChunksEvaluated(lane, evaluated));
    }
  }

  private void emit(LaneRecord laneRecord, int subtask) {
    boolean ofStreamOrDump =
        laneRecord instanceof LaneRecord.Stream || laneRecord instanceof LaneRecord.Rows;
    if (ofStreamOrDump && tasks[subtask].isPaused()) {
      throw new AssertionError("a reader that is paused emits " + laneRecord);
    }
    if (lanes == 1) {
      merge(laneRecord);
    } else {
      channels.get(subtask).get(laneRecord.lane() % merges()).add(laneRecord);
    }
  }

  /** Judged once every lane has come to it. */
  private void ended(DumpEnd end) {
    if (Arrays.stream(ledgers).allMatch(lane -> lane.at(end) != null)) {
      coverage.hit(Case.DUMP_ENDS);
      List<Ledger> then = Arrays.stream(ledgers).map(lane -> lane.at(end)).toList();
      if (end.isOfWholeTable()) {
        Ledger.checkDumped(primary, then, end);
      } else {
        requests.ended(end.request(), then);
      }
    }
  }

  // Checkpoints.

  /** Begins a checkpoint unless one is under way, or not all tasks run. */
  void beginCheckpoint() {
    if (current == null && Arrays.stream(tasks).allMatch(SimulatedTask::isRunning)) {
      long id = ++checkpoints;
      current = new Checkpoint(id, coordinator.checkpoint(id), parallelism, lanes);
      inboxes.forEach(inbox -> inbox.add(new Message.Trigger(id)));
    }
  }

  /** The checkpoint under way does not complete. */
  void abortCheckpoint() {
    if (current != null) {
      coverage.hit(Case.ABORTED_CHECKPOINTS);
      current = null;
      for (boolean[] merge : blocked) {
        Arrays.fill(merge, false);
      }
    }
  }

  private void align(Barrier barrier, int subtask, int merge) {
    if (current == null || current.id != barrier.checkpoint()) {
      return;
    }
    blocked[subtask][merge] = true;
    if (Arrays.stream(blocked).allMatch(each -> each[merge])) {
      for (boolean[] each : blocked) {
        each[merge] = false;
      }
      acknowledge(barrier.checkpoint(), merge, merges());
    }
  }

  private void acknowledge(long checkpoint, int merge, int of) {
    if (current == null || current.id != checkpoint) {
      return;
    }
    for (int lane = merge; lane < lanes; lane += of) {
      current.ledgers[lane] = ledgers[lane].copy();
    }
    if (++current.acknowledged == of) {
      last = current;
      current = null;
      coordinator.checkpointCompleted(last.id);
      for (Deque<Object> inbox : inboxes) {
        // A notification can be lost; a later one says as much.
        if (!choices.oneIn(8)) {
          inbox.add(new Message.Completed(last.id));
        }
      }
    }
  }

  // Failures.

  /** All tasks fail and start again, the coordinator lives on. */
  void failRegion() {
    coverage.hit(last == null ? Case.RESTARTS_WITHOUT_CHECKPOINT : Case.REGIONAL_RESTORES);
    current = null;
    loseReports();
    for (int subtask = 0; subtask < parallelism; subtask++) {
      loseEvents(subtask);
      tasks[subtask].close();
      inboxes.get(subtask).clear();
      coordinator.taskFailed(subtask);
    }
    for (int some = choices.below(4); some > 0; some--) {
      coordinator.step();
    }
    for (int subtask = 0; subtask < parallelism; subtask++) {
      coordinator.taskReset(subtask, last == null ? 0 : last.id);
    }
    startTasks();
  }

  /** Some of what was on its way still arrives. */
  private void loseEvents(int subtask) {
    Deque<Object> outbox = tasks[subtask].outbox();
    for (int some = choices.below(outbox.size() + 1); some > 0; some--) {
      hear(subtask);
    }
    coverage.hit(Case.LOST_EVENTS, outbox.size());
  }

  private void loseReports() {
    for (int merge = 0; merge < reports.size(); merge++) {
      for (int some = choices.below(reports.get(merge).size() + 1); some > 0; some--) {
        hearOfLanes(merge);
      }
      coverage.hit(Case.LOST_EVENTS, reports.get(merge).size());
    }
  }

  /** Everything fails and starts again from the last checkpoint, perhaps elsewhere. */
  void failAll(int newParallelism) {
    coverage.hit(last == null ? Case.RESTARTS_WITHOUT_CHECKPOINT : Case.GLOBAL_RESTORES);
    if (newParallelism != parallelism) {
      coverage.hit(Case.RESCALES);
    }
    current = null;
    loseReports();
    for (int subtask = 0; subtask < parallelism; subtask++) {
      loseEvents(subtask);
      tasks[subtask].close();
    }
    parallelism = newParallelism;
    inboxes = newQueues(parallelism);
    coordinator.close();
    coordinator =
        last == null
            ? new SimulatedCoordinator(choices, world, inboxes, 0, null)
            : new SimulatedCoordinator(choices, world, inboxes, last.id, last.enumerator);
    startTasks();
  }

  private static List<Deque<Object>> newQueues(int count) {
    List<Deque<Object>> queues = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      queues.add(new ArrayDeque<>());
    }
    return queues;
  }

  private void startTasks() {
    channels = new ArrayList<>();
    for (int i = 0; i < parallelism; i++) {
      channels.add(newQueues(merges()));
    }
    reports = newQueues(Math.max(1, merges()));
    blocked = new boolean[parallelism][merges()];
    countOut();
    counts = new MergeCounts();
    for (int lane = 0; lane < lanes; lane++) {
      ledgers[lane] =
          last == null
              ? new Ledger(primary, lanes == 1, requests, this::ended, coverage)
              : last.ledgers[lane].copy();
      merges[lane] = new LaneMerge(lane, ledgers[lane]::accept, counts);
    }
    if (requests != null) {
      requests.restored(ledgers());
    }
    List<List<CaptureSplit>> restored = redistributed();
    tasks = new SimulatedTask[parallelism];
    for (int i = 0; i < parallelism; i++) {
      int subtask = i;
      tasks[i] =
          new SimulatedTask(
              new TaskStub.Place(subtask, parallelism),
              new SimulatedParts(readers, ++runs),
              inboxes.get(subtask),
              laneRecord -> emit(laneRecord, subtask),
              restored.get(subtask));
    }
  }

  /** Splits stay where they are, or are dealt out if there are other subtasks than before. */
  private List<List<CaptureSplit>> redistributed() {
    List<List<CaptureSplit>> all = new ArrayList<>();
    for (int i = 0; i < parallelism; i++) {
      all.add(new ArrayList<>());
    }
    if (last == null) {
      return all;
    }
    int next = choices.below(parallelism);
    for (int from = 0; from < last.splits.size(); from++) {
      for (byte[] bytes : last.splits.get(from)) {
        CaptureSplit split = coordinator.read(bytes);
        if (split instanceof StreamSplit stream) {
          checkSlot(stream);
        }
        boolean stays = last.splits.size() == parallelism;
        all.get(stays ? from : next++ % parallelism).add(split);
      }
    }
    return all;
  }

  private void checkSlot(StreamSplit stream) {
    if (stream.position().isCut()) {
      coverage.hit(Case.CUT_TRANSACTIONS);
    }
    if (Long.compareUnsigned(stream.position().lsn(), confirmed) < 0) {
      throw new AssertionError("I10: the slot has moved past " + stream.position());
    }
  }

  /** A reader lets the slot forget what is before this LSN. */
  void acknowledged(long lsn) {
    confirmed = Long.compareUnsigned(lsn, confirmed) > 0 ? lsn : confirmed;
    if (last == null || Long.compareUnsigned(confirmed, last.position) > 0) {
      throw new AssertionError("I10: the slot moves past the last checkpoint");
    }
  }

  /** Adds what the lanes of the run that ends have counted. */
  void countOut() {
    coverage.hit(Case.READS, counts.rowsEmitted());
    coverage.hit(Case.DROPPED_ROWS, counts.rowsDropped());
    coverage.hit(Case.COMPLETED_ROWS, counts.rowsCompleted());
    coverage.hit(Case.VOIDED_CHUNKS, counts.chunksVoided());
  }
}
