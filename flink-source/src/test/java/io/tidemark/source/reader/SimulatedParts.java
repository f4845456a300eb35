package io.tidemark.source.reader;

import io.tidemark.dump.chunk.VisibilityCheck;
import io.tidemark.postgres.SnapshotXids;
import io.tidemark.source.event.ReaderEvent;
import io.tidemark.source.lane.LaneRecord;
import io.tidemark.source.simulation.Choices;
import io.tidemark.source.simulation.Coverage;
import io.tidemark.source.simulation.DumpSite;
import io.tidemark.source.simulation.SimulatedFeed;
import io.tidemark.source.simulation.SimulatedPrimary;
import io.tidemark.source.split.CaptureSplit;
import io.tidemark.source.split.StreamSplit;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.metrics.MetricGroup;

/**
 * A reader's parts in a simulation: its scheduler, queue, emitter and sides are the product's;
 * simulated are the stream's feed, the clock, and what dump threads do between their calls.
 */
public final class SimulatedParts implements ReaderParts {
  private static final long MARK_NANOS = 40;

  private final World world;
  private final long id;
  private final EmittedXids xids = new EmittedXids(3);
  private final List<SimulatedWorker> workers = new ArrayList<>();
  private SimulatedFeed feed;

  /**
   * What all readers of a run share.
   *
   * @param sites the servers that dumps are read from
   * @param primaryIsSource whether the one site is the primary
   * @param acknowledged told which LSN a reader lets the slot forget
   * @param clock in nanoseconds
   */
  public record World(
      SimulatedPrimary primary,
      Choices choices,
      Coverage coverage,
      List<? extends DumpSite> sites,
      boolean primaryIsSource,
      Settings settings,
      LongConsumer acknowledged,
      java.util.function.LongSupplier clock) {}

  /** What an operator would configure. */
  public record Settings(
      int lanes,
      int workers,
      int unevaluatedChunks,
      long maxLead,
      long queueBytes,
      long maxTouchBytes,
      int maxPartialKeys) {}

  /**
   * The parts of one run of one reader.
   *
   * @param id unlike that of any other run
   */
  public SimulatedParts(World world, long id) {
    this.world = world;
    this.id = id;
  }

  /** A reader made of these parts. */
  public SourceReader<LaneRecord, CaptureSplit> newReader(SourceReaderContext context) {
    return new CaptureReader(context, this);
  }

  /** Receives some of the stream, if this reader has it. */
  public void stepFeed() {
    if (feed != null) {
      feed.step();
    }
  }

  /** Whether this reader has the stream and nothing more of it to give out. */
  public boolean isCaughtUp() {
    return feed == null || feed.isCaughtUp();
  }

  /** Has one of the dump threads do something. */
  public void stepWorker(int worker) {
    if (!workers.isEmpty()) {
      workers.get(worker % workers.size()).step();
    }
  }

  @Override
  public int lanes() {
    return world.settings().lanes();
  }

  @Override
  public DumpScheduler newScheduler(int subtask) {
    return new DumpScheduler(
        new DumpScheduler.Limits(
            lanes(), world.settings().unevaluatedChunks(), world.settings().maxLead()),
        subtask,
        id);
  }

  @Override
  public DumpQueue newQueue() {
    // The workers keep to the bound: here a thread that waits would wait for ever.
    return new DumpQueue(Long.MAX_VALUE);
  }

  @Override
  public List<DumpWorker> startDumpThreads(DumpScheduler scheduler, DumpQueue queue, int subtask) {
    VisibilityCheck visibility = world.primaryIsSource() ? xids : VisibilityCheck.NONE;
    for (int i = 0; i < world.settings().workers(); i++) {
      workers.add(new SimulatedWorker(world, scheduler, queue, visibility));
    }
    return List.copyOf(workers);
  }

  @Override
  public StreamSide startStream(
      StreamSplit split, LaneOutput out, Consumer<ReaderEvent> events, MetricGroup metrics) {
    StreamEmitter.Options options =
        new StreamEmitter.Options(
            lanes(),
            MARK_NANOS,
            world.settings().maxTouchBytes(),
            world.settings().maxPartialKeys(),
            true,
            world.primary()::captures,
            "tidemark",
            true,
            // Else a dump of all rows would hide what is done to those of a former key.
            world.primary().hasDdl());
    xids.restore(split.unseenXids());
    StreamEmitter emitter =
        new StreamEmitter(
            options, split, id, out, events, world.primaryIsSource() ? xids : XidLog.NONE);
    feed =
        new SimulatedFeed(
            world.primary(),
            world.choices(),
            split.position(),
            emitter.tables(),
            world.acknowledged());
    return new StreamSide(feed, emitter, metrics, world.clock());
  }

  /** What a snapshot of the primary sees; null of a standby. */
  static SnapshotXids xids(DumpSite site) {
    String text = site.snapshotXids();
    return text == null ? null : SnapshotXids.parse(text);
  }
}
