package io.tidemark.source.merge;

import io.tidemark.postgres.change.Change;
import io.tidemark.source.event.ReaderEvent;
import io.tidemark.source.lane.ChunkId;
import io.tidemark.source.lane.LaneRecord;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.operators.coordination.OperatorEventGateway;
import org.apache.flink.runtime.source.event.SourceEventWrapper;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Hosts lanes of the merge: of {@code p} subtasks, the one with index {@code i} has the lanes whose
 * number is {@code i} modulo {@code p}. Records must be partitioned so.
 *
 * <p>Lanes have no state. A checkpoint holds which lanes there were, in a list that every subtask
 * gets whole (union), so that another number of lanes is refused.
 *
 * <p>What the lanes have evaluated is told to the source's enumerator, by an event of the kind that
 * readers send: Flink brings an operator's events to any coordinator of the job. Events overtake
 * the barriers of checkpoints, but a reader that has heard that a chunk was evaluated passes its
 * own barrier after that, so no checkpoint holds such a chunk as read and its rows as not emitted.
 *
 * <p>Changes go out with their commit time as the timestamp; dumped rows and messages outside
 * transactions have none.
 */
public final class MergeOperator extends AbstractStreamOperator<Change>
    implements OneInputStreamOperator<LaneRecord, Change> {
  private static final long serialVersionUID = 1L;

  /** 2000-01-01, PostgreSQL's epoch, in milliseconds since 1970. */
  private static final long POSTGRES_EPOCH = 946_684_800_000L;

  private final int lanes;
  private final transient OperatorEventGateway enumerator;
  private transient LaneMerge[] merges;
  private transient MergeCounts counts;
  private transient ListState<LaneState> state;
  private transient StreamRecord<Change> out;

  MergeOperator(StreamOperatorParameters<Change> parameters, int lanes, OperatorID source) {
    super(parameters);
    this.lanes = lanes;
    this.enumerator = parameters.getOperatorEventDispatcher().getOperatorEventGateway(source);
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    checkCheckpoints(getContainingTask().getEnvironment().getJobConfiguration());
    counts = new MergeCounts();
    out = new StreamRecord<>(null);
    merges = new LaneMerge[lanes];
    int subtasks = getRuntimeContext().getTaskInfo().getNumberOfParallelSubtasks();
    int index = getRuntimeContext().getTaskInfo().getIndexOfThisSubtask();
    for (int lane = index; lane < lanes; lane += subtasks) {
      merges[lane] = new LaneMerge(lane, this::emit, counts);
    }
    state =
        context
            .getOperatorStateStore()
            .getUnionListState(new ListStateDescriptor<>("lanes", new LaneStateSerializer()));
    if (context.isRestored()) {
      restore();
    }
  }

  private void restore() throws Exception {
    boolean[] restored = new boolean[lanes];
    int count = 0;
    for (LaneState lane : state.get()) {
      if (lane.lane() >= lanes || restored[lane.lane()]) {
        throw otherLanes("has a state of lane " + lane.lane() + " that does not fit");
      }
      restored[lane.lane()] = true;
      count++;
    }
    if (count != lanes) {
      throw otherLanes("has " + count + " lanes");
    }
  }

  private IllegalStateException otherLanes(String found) {
    return new IllegalStateException(
        "the restored state "
            + found
            + ", the job is configured for "
            + lanes
            + ": the number of lanes is fixed when a job first starts; set it to what it was, or"
            + " start without state");
  }

  private void checkCheckpoints(Configuration job) {
    if (lanes == 1) {
      return;
    }
    if (CheckpointingOptions.isUnalignedCheckpointEnabled(job)) {
      throw new IllegalStateException(
          CheckpointingOptions.ENABLE_UNALIGNED.key()
              + " is on with "
              + lanes
              + " lanes: marks and rows in flight would be restored out of order; turn it off, or"
              + " use one lane");
    }
    if (CheckpointingOptions.isCheckpointingEnabled(job) && !isExactlyOnce(job)) {
      throw new IllegalStateException(
          CheckpointingOptions.CHECKPOINTING_CONSISTENCY_MODE.key()
              + " is AT_LEAST_ONCE with "
              + lanes
              + " lanes: changes would come again behind newer ones of their keys; use EXACTLY_ONCE,"
              + " or one lane");
    }
  }

  private static boolean isExactlyOnce(Configuration job) {
    return CheckpointingOptions.getCheckpointingMode(job) == CheckpointingMode.EXACTLY_ONCE;
  }

  @Override
  public void open() throws Exception {
    super.open();
    MetricGroup group = getMetricGroup();
    group.gauge("dumpRowsEmitted", (Gauge<Long>) counts::rowsEmitted);
    group.gauge("dumpRowsDropped", (Gauge<Long>) counts::rowsDropped);
    group.gauge("dumpRowsCompleted", (Gauge<Long>) counts::rowsCompleted);
    group.gauge("chunksEvaluated", (Gauge<Long>) counts::chunksEvaluated);
    group.gauge("chunksVoided", (Gauge<Long>) counts::chunksVoided);
    group.gauge("chunksFailed", (Gauge<Long>) counts::chunksFailed);
    group.gauge("touches", (Gauge<Long>) counts::touches);
    group.gauge("touchBytes", (Gauge<Long>) counts::touchBytes);
    group.gauge("bufferedRows", (Gauge<Long>) counts::bufferedRows);
    group.gauge("bufferedBytes", (Gauge<Long>) counts::bufferedBytes);
  }

  @Override
  public void processElement(StreamRecord<LaneRecord> element) {
    LaneRecord record = element.getValue();
    int lane = record.lane();
    LaneMerge merge = lane < lanes ? merges[lane] : null;
    if (merge == null) {
      throw new IllegalStateException(
          "a record of lane "
              + lane
              + " of "
              + lanes
              + " came to subtask "
              + getRuntimeContext().getTaskInfo().getIndexOfThisSubtask()
              + " of "
              + getRuntimeContext().getTaskInfo().getNumberOfParallelSubtasks()
              + ": records must be partitioned by lane modulo the parallelism");
    }
    merge.accept(record);
    if (record instanceof LaneRecord.Marked) {
      tellEvaluated(merge, lane);
    }
  }

  private void tellEvaluated(LaneMerge merge, int lane) {
    List<ChunkId> chunks = merge.takeEvaluated();
    if (!chunks.isEmpty()) {
      enumerator.sendEventToCoordinator(
          new SourceEventWrapper(new ReaderEvent.ChunksEvaluated(lane, chunks)));
    }
  }

  private void emit(Change change) {
    long commitTime = change.commitTime();
    if (commitTime == 0) {
      out.eraseTimestamp();
      output.collect(out.replace(change));
    } else {
      output.collect(out.replace(change, Math.floorDiv(commitTime, 1000L) + POSTGRES_EPOCH));
    }
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    if (lanes > 1 && !isExactlyOnce(getContainingTask().getEnvironment().getJobConfiguration())) {
      // Flink does not align the barriers of a savepoint in a job without checkpoints.
      throw new IllegalStateException(
          "a savepoint of "
              + lanes
              + " lanes needs checkpoints to be on: set "
              + CheckpointingOptions.CHECKPOINTING_INTERVAL.key());
    }
    List<LaneState> mine = new ArrayList<>();
    for (int lane = 0; lane < lanes; lane++) {
      if (merges[lane] != null) {
        mine.add(new LaneState(lane));
      }
    }
    state.update(mine);
  }
}
