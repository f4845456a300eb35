package io.tidemark.source.merge;

import static io.tidemark.source.merge.LaneHarness.T;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.postgres.KeyHasher;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.Op;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.change.RowChange.Origin;
import io.tidemark.source.event.ReaderEvent;
import io.tidemark.source.lane.ChunkId;
import io.tidemark.source.lane.LaneRecord;
import io.tidemark.source.lane.Mark;
import io.tidemark.source.lane.RowBatch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.operators.coordination.OperatorEvent;
import org.apache.flink.runtime.operators.coordination.OperatorEventDispatcher;
import org.apache.flink.runtime.operators.coordination.OperatorEventGateway;
import org.apache.flink.runtime.operators.coordination.OperatorEventHandler;
import org.apache.flink.runtime.source.event.SourceEventWrapper;
import org.apache.flink.streaming.api.graph.StreamGraphHasherV2;
import org.apache.flink.streaming.api.operators.AbstractStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.OneInputStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MergeOperatorTest {
  private static final String SOURCE = "the source's uid";
  private static final int MAX_PARALLELISM = 128;
  private final List<OneInputStreamOperatorTestHarness<LaneRecord, Change>> open =
      new ArrayList<>();

  @AfterEach
  void closeAll() throws Exception {
    for (OneInputStreamOperatorTestHarness<LaneRecord, Change> each : open) {
      each.close();
    }
  }

  @Test
  void changesHaveTheirCommitTimeAsTimestamp() throws Exception {
    var merge = start(1, 1, 0, null);
    long time = 1_500_999;
    merge.processElement(insert(0, "timed", new Origin(5, 1, time, 1)), 77);
    merge.processElement(insert(0, "without", new Origin(5, 1, 0, 1)), 77);
    List<StreamRecord<? extends Change>> records = merge.extractOutputStreamRecords();
    assertThat(records.get(0).getTimestamp()).isEqualTo(946_684_800_000L + 1_500);
    assertThat(records.get(1).hasTimestamp()).isFalse();
  }

  @Test
  void lanesMoveBetweenSubtasks() throws Exception {
    OperatorSubtaskState[] states = new OperatorSubtaskState[3];
    for (int index = 0; index < 3; index++) {
      states[index] = start(4, 3, index, null).snapshot(1, 0);
    }
    OperatorSubtaskState all = AbstractStreamOperatorTestHarness.repackageState(states);
    var one = start(4, 1, 0, repartitioned(all, 3, 1, 0));
    OperatorSubtaskState state = one.snapshot(2, 0);
    for (int index = 0; index < 3; index++) {
      var after = start(4, 3, index, repartitioned(state, 1, 3, index));
      after.processElement(arm(index), 0);
    }
  }

  @Test
  void whatALaneHasEvaluatedIsToldTheSourcesEnumerator() throws Exception {
    List<OperatorEvent> told = new ArrayList<>();
    var merge = new OneInputStreamOperatorTestHarness<LaneRecord, Change>(new Listening(2, told));
    open.add(merge);
    merge.getEnvironment().getJobConfiguration().addAll(exactlyOnce());
    merge.open();
    for (int lane = 0; lane < 2; lane++) {
      merge.processElement(arm(lane), 0);
      merge.processElement(mark(lane, 1, 1), 0);
      merge.processElement(rows(lane), 0);
      merge.processElement(end(lane), 0);
    }
    assertThat(told).isEmpty();
    merge.processElement(mark(1, 2, 1), 0);
    assertThat(reads(merge)).containsExactly("touched 1", "untouched 1");
    assertThat(told).hasSize(1);
    assertThat(((SourceEventWrapper) told.get(0)).getSourceEvent())
        .isEqualTo(new ReaderEvent.ChunksEvaluated(1, List.of(new ChunkId(0, 1, 1))));
    merge.processElement(mark(1, 3, 1), 0);
    assertThat(told).as("only what is new").hasSize(1);
  }

  @Test
  void anotherNumberOfLanesIsRefused() throws Exception {
    OperatorSubtaskState state = start(4, 1, 0, null).snapshot(1, 0);
    assertThatThrownBy(() -> start(3, 1, 0, state))
        .hasStackTraceContaining("lane 3 that does not fit, the job is configured for 3");
    assertThatThrownBy(() -> start(5, 1, 0, state))
        .hasStackTraceContaining("has 4 lanes, the job is configured for 5");
    OperatorSubtaskState twice = AbstractStreamOperatorTestHarness.repackageState(state, state);
    assertThatThrownBy(() -> start(4, 1, 0, twice)).hasStackTraceContaining("does not fit");
    assertThatThrownBy(() -> new MergeOperatorFactory(0, SOURCE)).hasMessageContaining("0 lanes");
  }

  @Test
  void flinkIsToldWhichOperatorItIs() {
    assertThat(
            new MergeOperatorFactory(1, SOURCE).getStreamOperatorClass(getClass().getClassLoader()))
        .isEqualTo(MergeOperator.class);
  }

  @Test
  void aRecordOfAnotherSubtasksLaneIsRefused() throws Exception {
    var merge = start(4, 3, 1, null);
    assertThatThrownBy(() -> merge.processElement(mark(2, 1, 1), 0))
        .hasMessageContaining("lane 2 of 4 came to subtask 1 of 3");
    assertThatThrownBy(() -> merge.processElement(mark(4, 1, 1), 0))
        .hasMessageContaining("lane 4 of 4");
  }

  @Test
  void checkpointsThatReorderAreRefusedWithSeveralLanes() throws Exception {
    Configuration unaligned = exactlyOnce();
    unaligned.set(CheckpointingOptions.ENABLE_UNALIGNED, true);
    assertThatThrownBy(() -> start(2, unaligned))
        .hasStackTraceContaining("execution.checkpointing.unaligned.enabled is on with 2 lanes");
    start(1, unaligned);
    Configuration atLeastOnce = exactlyOnce();
    atLeastOnce.set(
        CheckpointingOptions.CHECKPOINTING_CONSISTENCY_MODE, CheckpointingMode.AT_LEAST_ONCE);
    assertThatThrownBy(() -> start(2, atLeastOnce))
        .hasStackTraceContaining("AT_LEAST_ONCE with 2 lanes");
    start(1, atLeastOnce);
    Configuration none = new Configuration();
    start(1, none).snapshot(1, 0);
    var several = start(2, none);
    assertThatThrownBy(() -> several.snapshot(1, 0))
        .hasStackTraceContaining("set execution.checkpointing.interval");
  }

  private OneInputStreamOperatorTestHarness<LaneRecord, Change> start(
      int lanes, int subtasks, int index, OperatorSubtaskState state) throws Exception {
    var harness =
        new OneInputStreamOperatorTestHarness<LaneRecord, Change>(
            new MergeOperatorFactory(lanes, SOURCE), MAX_PARALLELISM, subtasks, index);
    open.add(harness);
    harness.getEnvironment().getJobConfiguration().addAll(exactlyOnce());
    harness.setup();
    if (state != null) {
      harness.initializeState(state);
    }
    harness.open();
    return harness;
  }

  private OneInputStreamOperatorTestHarness<LaneRecord, Change> start(int lanes, Configuration job)
      throws Exception {
    var harness =
        new OneInputStreamOperatorTestHarness<LaneRecord, Change>(
            new MergeOperatorFactory(lanes, SOURCE));
    open.add(harness);
    harness.getEnvironment().getJobConfiguration().addAll(job);
    harness.open();
    return harness;
  }

  /** The factory, with what its operators tell coordinators kept. */
  private static final class Listening extends AbstractStreamOperatorFactory<Change>
      implements OneInputStreamOperatorFactory<LaneRecord, Change> {
    private final int lanes;
    private final List<OperatorEvent> told;

    Listening(int lanes, List<OperatorEvent> told) {
      this.lanes = lanes;
      this.told = told;
    }

    @Override
    @SuppressWarnings("TypeParameterUnusedInFormals") // Flink's signature
    public <O extends StreamOperator<Change>> O createStreamOperator(
        StreamOperatorParameters<Change> from) {
      return new MergeOperatorFactory(lanes, SOURCE)
          .createStreamOperator(
              new StreamOperatorParameters<>(
                  from.getContainingTask(),
                  from.getStreamConfig(),
                  from.getOutput(),
                  from::getProcessingTimeService,
                  new Dispatcher(told),
                  from.getMailboxExecutor()));
    }

    @Override
    public Class<MergeOperator> getStreamOperatorClass(ClassLoader loader) {
      return MergeOperator.class;
    }
  }

  private record Dispatcher(List<OperatorEvent> told) implements OperatorEventDispatcher {
    @Override
    public void registerEventHandler(OperatorID operator, OperatorEventHandler handler) {
      throw new UnsupportedOperationException("lanes are told nothing");
    }

    @Override
    public OperatorEventGateway getOperatorEventGateway(OperatorID operator) {
      byte[] source = StreamGraphHasherV2.generateUserSpecifiedHash(SOURCE);
      assertThat(operator).isEqualTo(new OperatorID(source));
      return told::add;
    }
  }

  private static Configuration exactlyOnce() {
    Configuration job = new Configuration();
    job.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofSeconds(1));
    return job;
  }

  private static OperatorSubtaskState repartitioned(
      OperatorSubtaskState state, int from, int to, int index) {
    return AbstractStreamOperatorTestHarness.repartitionOperatorState(
        state, MAX_PARALLELISM, from, to, index);
  }

  private static List<String> reads(OneInputStreamOperatorTestHarness<LaneRecord, Change> merge) {
    List<String> reads = new ArrayList<>();
    for (Change change : merge.extractOutputValues()) {
      if (change instanceof RowChange row && row.op() == Op.READ) {
        reads.add(TestTable.values(row.newTuple()).get(0));
      }
    }
    return reads;
  }

  private static LaneRecord arm(int lane) {
    return new LaneRecord.Arm(lane, T.name());
  }

  private static LaneRecord mark(int lane, long counter, long attempt) {
    return new LaneRecord.Marked(lane, new Mark(attempt, counter, 10 * counter));
  }

  private static LaneRecord insert(int lane, String key, Origin origin) {
    return new LaneRecord.Stream(
        lane, RowChange.insert(T, TestTable.pgoutput(T, key, "1", "x"), origin));
  }

  /** The rows of a chunk. */
  private static LaneRecord rows(int lane) {
    byte[][] rows = {
      TestTable.copy("touched " + lane, "0", "x"), TestTable.copy("untouched " + lane, "0", "x")
    };
    RowBatch batch = RowBatch.of(rows, new KeyHasher(T));
    return new LaneRecord.Rows(lane, new ChunkId(0, 1, lane), new Mark(1, 1, 10), T, batch, 0);
  }

  private static LaneRecord end(int lane) {
    return new LaneRecord.ChunkEnd(lane, new ChunkId(0, 1, lane), new Mark(1, 1, 10), T.name(), 11);
  }
}
