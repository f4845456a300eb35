package io.tidemark.source.reader;

import io.tidemark.source.CaptureConfig;
import io.tidemark.source.event.EnumeratorEvent;
import io.tidemark.source.event.ReaderEvent;
import io.tidemark.source.lane.LaneRecord;
import io.tidemark.source.split.CaptureSplit;
import io.tidemark.source.split.DumpSplit;
import io.tidemark.source.split.StreamSplit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.core.io.InputStatus;
import org.apache.flink.util.FlinkRuntimeException;

/**
 * Emits the stream, if it has been given that split, and between the stream's batches what its dump
 * threads have read. All methods run on the task's main thread; the stream's and the dump's I/O run
 * on threads of their own, behind bounded queues. The stream goes first: a queue for both would let
 * dumps delay it.
 */
public final class CaptureReader implements SourceReader<LaneRecord, CaptureSplit> {
  /** Events that are on their way to a reader arrive within this time. */
  private static final long FAILURE_MILLIS = 100;

  private final SourceReaderContext context;
  private final ReaderParts parts;
  private final DumpScheduler scheduler;
  private final DumpQueue queue;
  private final DumpSide dumpSide;
  private final List<ReaderParts.DumpWorker> threads = new ArrayList<>();
  private final List<CaptureSplit> early = new ArrayList<>();
  private StreamSide stream;

  private boolean started;
  private boolean noMoreSplits;

  /** Nothing is emitted that comes from the stream or a dump; all else goes on. */
  private boolean paused;

  private int requested;

  /**
   * What emitting failed with, whatever it is; thrown once the enumerator has had time to hear. An
   * event for a task that has failed would be the job's failure in place of this one.
   */
  private Exception failure;

  private final CompletableFuture<Void> failureHeard = new CompletableFuture<>();
  private CompletableFuture<Void> woken = new CompletableFuture<>();
  private ReaderOutput<LaneRecord> output;
  private final EnumeratorEvent.Visitor events = new Events();
  private final LaneOutput lanes = laneRecord -> output.collect(laneRecord);

  /**
   * Told to the dump side at the next poll. After a stop with a savepoint there is none: what the
   * enumerator would answer could find the task at its end, and fail the job.
   */
  private final List<EnumeratorEvent.Marks> unheardMarks = new ArrayList<>();

  /** Evaluated by a lane, a chunk once for each; told as the marks are. */
  private final List<EnumeratorEvent.ChunksEvaluated> unheardChunks = new ArrayList<>();

  /** A reader of the real databases, without splits. */
  public static CaptureReader create(SourceReaderContext context, CaptureConfig config) {
    return new CaptureReader(context, new DatabaseParts(config));
  }

  /** A reader without splits. */
  CaptureReader(SourceReaderContext context, ReaderParts parts) {
    this.context = context;
    this.parts = parts;
    this.scheduler = parts.newScheduler(context.getIndexOfSubtask());
    this.queue = parts.newQueue();
    this.dumpSide =
        new DumpSide(
            scheduler,
            queue,
            new DumpSide.Place(
                context.getIndexOfSubtask(), context.currentParallelism(), parts.lanes()),
            this::send,
            new DumpMetrics(context.metricGroup()));
  }

  @Override
  public void start() {
    started = true;
    addSplits(List.copyOf(early));
    early.clear();
    threads.addAll(parts.startDumpThreads(scheduler, queue, context.getIndexOfSubtask()));
    if (stream == null) {
      send(new ReaderEvent.WithoutStream());
    }
    requestSplits();
  }

  @Override
  public void addSplits(List<CaptureSplit> splits) {
    if (!started) {
      early.addAll(splits);
      return;
    }
    List<DumpSplit> dumps = new ArrayList<>();
    for (CaptureSplit split : splits) {
      if (split instanceof DumpSplit dump) {
        dumps.add(dump);
      } else {
        StreamSplit streamSplit = (StreamSplit) split;
        stream = parts.startStream(streamSplit, lanes, this::send, context.metricGroup());
      }
    }
    if (!dumps.isEmpty()) {
      requested = Math.max(0, requested - dumps.size());
      scheduler.add(dumps);
    }
    wake();
  }

  @Override
  public InputStatus pollNext(ReaderOutput<LaneRecord> out) throws Exception {
    output = out;
    if (failure != null) {
      return fail();
    }
    try {
      return emitNext();
    } catch (InterruptedException e) {
      throw e; // the task is cancelled
    } catch (Exception e) {
      failure = e;
      send(new ReaderEvent.ReaderFails());
      failureHeard.completeOnTimeout(null, FAILURE_MILLIS, TimeUnit.MILLISECONDS);
      return fail();
    }
  }

  private InputStatus fail() throws Exception {
    if (failureHeard.isDone()) {
      throw failure;
    }
    return InputStatus.NOTHING_AVAILABLE;
  }

  private InputStatus emitNext() throws Exception {
    if (!paused && stream != null && stream.emitNext()) {
      return InputStatus.MORE_AVAILABLE;
    }
    if (!unheardMarks.isEmpty()) {
      unheardMarks.forEach(marks -> dumpSide.marks(marks.marks(), lanes));
      unheardMarks.clear();
      requestSplits();
    }
    if (!unheardChunks.isEmpty()) {
      unheardChunks.forEach(each -> dumpSide.evaluated(each.lane(), each.chunks()));
      unheardChunks.clear();
      requestSplits();
    }
    if (!paused && dumpSide.emitNext(lanes)) {
      return InputStatus.MORE_AVAILABLE;
    }
    if (woken.isDone()) {
      woken = new CompletableFuture<>();
    }
    return isAtEnd() ? InputStatus.END_OF_INPUT : InputStatus.NOTHING_AVAILABLE;
  }

  private boolean isAtEnd() {
    return noMoreSplits && scheduler.isIdle() && (stream == null || stream.hasEnded());
  }

  @Override
  public CompletableFuture<Void> isAvailable() {
    if (failure != null) {
      return failureHeard;
    }
    if (paused) {
      return woken;
    }
    CompletableFuture<Void> dump = queue.available();
    if (stream == null) {
      return either(woken, dump);
    }
    CompletableFuture<Void> change = stream.available();
    return change.isDone() ? change : either(change, either(woken, dump));
  }

  @SuppressWarnings("FutureReturnValueIgnored")
  private static CompletableFuture<Void> either(
      CompletableFuture<Void> left, CompletableFuture<Void> right) {
    if (left.isDone()) {
      return left;
    }
    return right.isDone() ? right : CompletableFuture.anyOf(left, right).thenApply(any -> null);
  }

  @Override
  public List<CaptureSplit> snapshotState(long checkpoint) {
    if (failure != null) {
      throw new FlinkRuntimeException(failure.getMessage(), failure);
    }
    List<CaptureSplit> splits = new ArrayList<>(early);
    splits.addAll(scheduler.snapshot());
    if (stream != null && !stream.hasEnded()) {
      splits.add(stream.snapshot(checkpoint));
    }
    return splits;
  }

  @Override
  public void notifyCheckpointComplete(long checkpoint) {
    if (stream != null) {
      stream.checkpointCompleted(checkpoint);
    }
  }

  @Override
  public void handleSourceEvents(SourceEvent event) {
    if (!(event instanceof EnumeratorEvent told)) {
      throw new IllegalStateException("the reader was told " + event);
    }
    told.accept(events);
    wake();
  }

  /** What the enumerator says. */
  private final class Events implements EnumeratorEvent.Visitor {
    @Override
    public void marks(EnumeratorEvent.Marks event) {
      unheardMarks.add(event);
    }

    @Override
    public void chunksEvaluated(EnumeratorEvent.ChunksEvaluated event) {
      unheardChunks.add(event);
    }

    @Override
    public void forgetSplits(EnumeratorEvent.ForgetSplits event) {
      scheduler.forget(event.splitIds());
    }

    @Override
    public void paused(EnumeratorEvent.Paused event) {
      paused = event.paused();
    }

    @Override
    public void dumps(EnumeratorEvent.Dumps event) {
      scheduler.dumps(event);
      if (stream != null) {
        stream.wish(event);
      }
      requestSplits();
    }

    @Override
    public void markRequest(EnumeratorEvent.MarkRequest event) {
      ofStream(() -> stream.wantMark(event.lsn()));
    }

    @Override
    public void published(EnumeratorEvent.Published event) {
      ofStream(() -> stream.look(event));
    }

    @Override
    public void leastPromise(EnumeratorEvent.LeastPromise event) {
      ofStream(() -> stream.leastPromise(event));
    }
  }

  /** For the stream's reader alone; nothing to one that had it before a restart. */
  private void ofStream(Runnable what) {
    if (stream != null) {
      what.run();
    }
  }

  @Override
  public void notifyNoMoreSplits() {
    noMoreSplits = true;
    wake();
  }

  /** Asks for as many splits as there are dump threads without one. */
  private void requestSplits() {
    int wanted = started ? threads.size() - scheduler.unread() - requested : 0;
    for (int i = 0; i < wanted; i++) {
      requested++;
      context.sendSplitRequest();
    }
  }

  private void wake() {
    woken.complete(null);
  }

  private void send(ReaderEvent event) {
    context.sendSourceEventToCoordinator(event);
  }

  @Override
  public void close() {
    scheduler.close();
    queue.close();
    for (ReaderParts.DumpWorker thread : threads) {
      thread.close();
    }
    if (stream != null) {
      stream.close();
    }
  }
}
