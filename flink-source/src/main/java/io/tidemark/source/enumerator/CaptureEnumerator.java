package io.tidemark.source.enumerator;

import io.tidemark.postgres.TableName;
import io.tidemark.source.CaptureConfig;
import io.tidemark.source.CaptureOptions;
import io.tidemark.source.DumpRequests;
import io.tidemark.source.StartMode;
import io.tidemark.source.event.EnumeratorEvent;
import io.tidemark.source.event.EnumeratorEvent.Dumps;
import io.tidemark.source.event.EnumeratorEvent.Published;
import io.tidemark.source.event.ReaderEvent;
import io.tidemark.source.event.ReaderEvent.FinishedSplit;
import io.tidemark.source.lane.Mark;
import io.tidemark.source.split.CaptureSplit;
import io.tidemark.source.split.DumpSplit;
import io.tidemark.source.split.StreamSplit;
import java.time.Duration;
import java.util.List;
import java.util.TreeMap;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.util.FlinkRuntimeException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the capture from the JobManager.
 *
 * <ol>
 *   <li>{@link #start}: a worker thread checks and prepares the database; the coordinator's thread,
 *       on which everything else here runs, then has the tables dumped ({@link DumpCoordinator} has
 *       the life of a dump) and the stream split to give away.
 *   <li>{@link #addReader}: the first reader gets the stream split; every reader gets the picture
 *       of the dumps and the recent marks.
 *   <li>{@link #handleSourceEvent}: the stream reader's marks are relayed to all readers, wishes
 *       for marks to the stream reader.
 *   <li>{@link DumpRequests}, if there are any, ask for dumps and for pauses.
 *   <li>Checkpoints hold {@link EnumeratorState}. After a regional failover this object lives on
 *       while readers restart: it goes back to what it held in the checkpoint that they go on from.
 *       Until the stream reader has said which one that is, no reader is told of the dumps.
 * </ol>
 *
 * <p>More than 400 lines, as each thing that can happen has a short method here.
 */
public final class CaptureEnumerator implements SplitEnumerator<CaptureSplit, EnumeratorState> {
  private static final Logger LOG = LoggerFactory.getLogger(CaptureEnumerator.class);

  private final SplitEnumeratorContext<CaptureSplit> context;
  private final CaptureWorld world;
  private final StartMode startMode;
  private final Readers readers;
  private final DumpCoordinator coordinator;
  private final ReaderEvent.Visitor events;
  private final DumpPlanning planning;
  private final RequestLine requests;
  private final StreamRun run = new StreamRun();
  private final EnumeratorState restored;
  private final EnumeratorMetrics metrics;

  /** What the checkpoints held of the dumps that readers may go on from, by their ids. */
  private final TreeMap<Long, DumpCoordinator.State> saved = new TreeMap<>();

  private StreamSplit unassigned;
  private boolean prepared;
  private long systemId;
  private int timeline;

  /** The capture's tables are known: before, no open dump does not mean that all are over. */
  private boolean tablesKnown;

  private final StreamEnd end = new StreamEnd();

  private final WalWatch wal = new WalWatch();
  private final TableWatch tables;

  /** What the stream reader was told last of the publication; null if nothing. */
  private Published told;

  /**
   * The stream reader is to be told of the next look, also if it is as the last one: what the
   * reader has told of a table since may not be so any more.
   */
  private boolean lookWanted;

  /**
   * An enumerator of the real databases.
   *
   * @param restored null for a fresh start
   * @param metrics the same for all enumerators of a source
   */
  public static CaptureEnumerator create(
      SplitEnumeratorContext<CaptureSplit> context,
      CaptureConfig config,
      EnumeratorState restored,
      EnumeratorMetrics metrics) {
    CaptureWorld world = Databases.of(config, context.currentParallelism());
    return new CaptureEnumerator(
        context,
        world,
        new Options(
            config.startMode(),
            config.dumpRequests(),
            config.options().get(CaptureOptions.DISCOVERY_INTERVAL)),
        restored,
        metrics);
  }

  /** What of the configuration concerns it; {@code dumpRequests} is null if there are none. */
  record Options(StartMode startMode, DumpRequests dumpRequests, Duration discoveryInterval) {}

  /**
   * Made by the source.
   *
   * @param restored null for a fresh start
   */
  CaptureEnumerator(
      SplitEnumeratorContext<CaptureSplit> context,
      CaptureWorld world,
      Options options,
      EnumeratorState restored,
      EnumeratorMetrics metrics) {
    this.context = context;
    this.world = world;
    this.startMode = options.startMode();
    this.restored = restored;
    this.metrics = metrics;
    this.readers = new Readers(context, this::picture);
    this.coordinator = new DumpCoordinator(new DumpExecution());
    this.events = new Events();
    this.tables = new TableWatch(context, world, options.discoveryInterval(), this::looked);
    this.planning = new DumpPlanning(context, world, coordinator::requestedKeys, this::planned);
    this.requests =
        new RequestLine(
            options.dumpRequests(),
            world,
            coordinator,
            context::runInCoordinatorThread,
            paused -> readers.tellAll(new EnumeratorEvent.Paused(paused)));
  }

  @Override
  public void start() {
    if (restored != null && restored.prepared()) {
      prepared = true;
      systemId = restored.systemId();
      timeline = restored.timeline();
      unassigned = restored.unassigned();
      coordinator.restore(restored.dumps());
      saved.put(restored.checkpoint(), restored.dumps());
      metrics.show(context.metricGroup(), new CaptureFigures(coordinator, requests, wal));
      context.callAsync(
          world::look,
          (look, failure) -> {
            tablesFound(failure == null ? look.names() : null, failure);
            if (failure == null) {
              looked(look);
            }
          });
      context.callAsync(
          () -> {
            world.inspect();
            return null;
          },
          (nothing, failure) -> {});
    } else {
      context.callAsync(world::prepare, this::ready);
    }
    wal.start(context, world, planning::again);
    if (!startMode.isBounded()) {
      tables.start();
    }
  }

  private void planned(DumpPlanning.Planned dump, CaptureWorld.Plan plan) {
    metrics.planned(dump.table(), plan.tables().stream().mapToLong(PlannedTable::pages).sum());
    coordinator.planned(dump.dump(), plan);
  }

  private void ready(CaptureWorld.Ready ready, Throwable failure) {
    if (failure != null) {
      throw new FlinkRuntimeException(failure.getMessage(), failure);
    }
    prepared = true;
    unassigned = ready.stream();
    systemId = ready.stream().systemId();
    timeline = ready.stream().timeline();
    tablesFound(ready.tables(), null);
    // Not before: no open dump would mean that all are over.
    metrics.show(context.metricGroup(), new CaptureFigures(coordinator, requests, wal));
    assignStream();
  }

  private void tablesFound(List<TableName> tables, Throwable failure) {
    if (failure != null) {
      throw new FlinkRuntimeException(failure.getMessage(), failure);
    }
    tablesKnown = true;
    if (startMode.dumps()) {
      for (TableName table : tables) {
        if (!coordinator.knows(table)) {
          coordinator.request(table);
        }
      }
      readers.publish();
    }
    requests.open(coordinator.heldRequests());
  }

  /** What has come and gone is told by the stream reader, once it has got there. */
  private void looked(CaptureWorld.Look look) {
    if (!run.any()) {
      return;
    }
    Published now = new Published(run.attempt(), look.tables(), look.before(), look.after());
    boolean isNews =
        told == null || told.attempt() != now.attempt() || !told.tables().equals(now.tables());
    if (lookWanted || isNews) {
      lookWanted = false;
      told = now;
      readers.tell(run.subtask(), now);
    }
  }

  @Override
  public void addReader(int subtask) {
    readers.started(subtask);
    end.readerRestarts(subtask);
    coordinator.readerStarted(subtask);
    assignStream();
    if (requests.isPaused()) {
      readers.tell(subtask, new EnumeratorEvent.Paused(true));
    }
    readers.show(subtask);
    List<Mark> marks = run.marks();
    if (!marks.isEmpty()) {
      readers.tell(subtask, new EnumeratorEvent.Marks(marks));
    }
  }

  private void assignStream() {
    if (unassigned != null && !context.registeredReaders().isEmpty()) {
      int subtask = context.registeredReaders().keySet().stream().min(Integer::compare).get();
      StreamSplit split = unassigned;
      unassigned = null;
      end.streamAssigned(subtask);
      context.assignSplit(split, subtask);
    }
  }

  @Override
  public void handleSplitRequest(int subtask, String host) {
    coordinator.splitWanted(subtask);
  }

  /**
   * A reader failed, and with it all others: source and merge are one pipelined region. So dump
   * splits are not taken back one by one; see {@link DumpCoordinator#rollBack}.
   */
  @Override
  public void addSplitsBack(List<CaptureSplit> splits, int subtask) {
    for (CaptureSplit split : splits) {
      if (split instanceof StreamSplit stream) {
        unassigned = stream;
      }
    }
    if (subtask == run.subtask()) {
      run.lost();
      wal.lag().restarted();
      readers.hold(true);
      coordinator.streamLost();
    }
    end.readerRestarts(subtask);
    coordinator.readerStarted(subtask);
  }

  @Override
  public void handleSourceEvent(int subtask, SourceEvent event) {
    if (!(event instanceof ReaderEvent told)) {
      throw new IllegalStateException("the enumerator was told " + event);
    }
    told.accept(subtask, events);
  }

  /** What readers and lanes say that is not of dumps alone. */
  private final class Events extends DumpEvents {
    Events() {
      super(coordinator);
    }

    @Override
    public void markEmitted(int subtask, ReaderEvent.MarkEmitted event) {
      Mark mark = event.mark();
      if (run.is(mark.attempt())) {
        wal.lag().emitted(mark.lsn());
        run.emitted(mark);
        // A void comes before its mark: a reader that heard of the mark alone would read chunks
        // under marks that the lanes refuse.
        readers.publishNow();
        readers.tellAll(new EnumeratorEvent.Marks(List.of(mark)));
      }
    }

    @Override
    public void markWanted(int subtask, ReaderEvent.MarkWanted event) {
      readers.tell(run.subtask(), new EnumeratorEvent.MarkRequest(event.lsn()));
    }

    @Override
    public void promised(int subtask, ReaderEvent.Promised event) {
      if (run.is(event.attempt())) {
        run.promised(subtask, event.counter(), context.currentParallelism())
            .ifPresent(
                least ->
                    readers.tell(
                        run.subtask(), new EnumeratorEvent.LeastPromise(run.attempt(), least)));
      }
    }

    @Override
    public void chunksEvaluated(int subtask, ReaderEvent.ChunksEvaluated event) {
      readers.evaluated(event.lane(), event.chunks());
    }

    @Override
    public void splitsFinished(int subtask, ReaderEvent.SplitsFinished event) {
      coordinator.finished(event.splits());
      List<String> ids = event.splits().stream().map(FinishedSplit::splitId).toList();
      readers.tell(subtask, new EnumeratorEvent.ForgetSplits(ids));
    }

    @Override
    public void readerFails(int subtask, ReaderEvent.ReaderFails event) {
      readers.fails(subtask);
      coordinator.readerStarted(subtask);
    }

    @Override
    public void withoutStream(int subtask, ReaderEvent.WithoutStream event) {
      end.startedWithout(subtask);
      endWithStream();
    }

    @Override
    public void streamStarted(int subtask, ReaderEvent.StreamStarted event) {
      if (run.any()) {
        coordinator.rollBack(saved.get(event.checkpoint()));
      }
      run.started(event.attempt(), subtask);
      wal.lag().restarted();
      readers.hold(false);
      coordinator.streamStarted(event.attempt(), event.tables());
      coordinator.forgetAllBut(event.captured());
      // What the reader said of newcomers may have been lost with the failure.
      event.captured().forEach(this::came);
      tables.now();
    }

    @Override
    public void tableCame(int subtask, ReaderEvent.TableCame event) {
      lookWanted = true;
      came(event.table());
    }

    private void came(TableName table) {
      if (startMode.dumps() && !startMode.isBounded()) {
        coordinator.came(table);
        readers.publish();
      }
    }

    @Override
    public void tableGone(int subtask, ReaderEvent.TableGone event) {
      super.tableGone(subtask, event);
      lookWanted = true;
    }

    @Override
    public void tableRenamed(int subtask, ReaderEvent.TableRenamed event) {
      super.tableRenamed(subtask, event);
      lookWanted = true;
      if (startMode.dumps()) {
        // Unless what was dumped under the former name is all of it.
        coordinator.came(event.after());
        readers.publish();
      }
    }

    @Override
    public void lookWanted(int subtask, ReaderEvent.LookWanted event) {
      lookWanted = true;
      tables.now();
    }

    @Override
    public void streamEnded(int subtask, ReaderEvent.StreamEnded event) {
      end.streamEnded(subtask);
      endWithStream();
    }

    @Override
    public void endRefused(int subtask, ReaderEvent.EndRefused event) {
      if (end.refused(event.offer())) {
        readers.publish();
      }
    }
  }

  /** Lets the readers of a bounded capture end once no one has the stream. */
  private void endWithStream() {
    boolean given = prepared && unassigned == null;
    if (startMode.isBounded() && given && end.isOverNow(context.currentParallelism())) {
      readers.running().forEach(context::signalNoMoreSplits);
    }
  }

  private Dumps picture() {
    boolean mayEnd = startMode.isBounded() && tablesKnown && coordinator.openDumps() == 0;
    return new Dumps(
        run.attempt(), coordinator.picture(), systemId, timeline, mayEnd ? end.offer() : 0);
  }

  @Override
  public EnumeratorState snapshotState(long checkpoint) {
    end.checkpointBegins(checkpoint);
    DumpCoordinator.State dumps = coordinator.state(checkpoint);
    saved.put(checkpoint, dumps);
    return new EnumeratorState(unassigned, prepared, systemId, timeline, dumps, checkpoint);
  }

  @Override
  public void notifyCheckpointComplete(long checkpoint) {
    end.checkpointCompleted(checkpoint);
    saved.headMap(checkpoint).clear();
  }

  @Override
  public void close() {
    requests.close();
    if (end.isSlotNeeded()) {
      return;
    }
    try {
      world.dropSlot();
    } catch (Exception e) {
      LOG.warn("The slot of the finished dump was not dropped: {}", e.getMessage());
    }
  }

  /** The dump coordinator's commands, carried out. */
  private final class DumpExecution implements DumpCommands {
    @Override
    public void plan(long dump, TableName table) {
      planning.plan(dump, table);
    }

    @Override
    public void planLater(long dump, TableName table) {
      planning.planLater(dump, table);
    }

    @Override
    public boolean isRunning(int subtask) {
      return readers.isRunning(subtask);
    }

    @Override
    public void assign(DumpSplit split, int subtask) {
      // A reader drops splits of dumps that it has not heard of.
      readers.publishNow();
      context.assignSplit(split, subtask);
    }

    @Override
    public void publish() {
      readers.publish();
    }

    @Override
    public void requestProgress(long request, int read, int parts) {
      requests.progress(request, read, parts);
    }

    @Override
    public void requestRead(long request) {
      requests.read(request);
    }

    @Override
    public void requestFailed(long request, String reason) {
      requests.failed(request, reason);
    }
  }
}
