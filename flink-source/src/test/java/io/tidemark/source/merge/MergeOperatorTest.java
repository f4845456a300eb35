package io.tidemark.source.merge;

import static io.tidemark.source.merge.LaneHarness.T;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.postgres.KeyHasher;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.Op;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.change.RowChange.Origin;
import io.tidemark.source.record.ChunkId;
import io.tidemark.source.record.LaneRecord;
import io.tidemark.source.record.Mark;
import io.tidemark.source.record.RowBatch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MergeOperatorTest {
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
  void oneSubtasksLanesMoveToThree() throws Exception {
    var before = start(4, 1, 0, null);
    for (int lane = 0; lane < 4; lane++) {
      before.processElement(arm(lane), 0);
      before.processElement(mark(lane, 1, 1), 0);
      before.processElement(rows(lane), 0);
      before.processElement(end(lane), 0);
      before.processElement(insert(lane, "touched " + lane, new Origin(5, 1, 0, 1)), 0);
    }
    OperatorSubtaskState state = before.snapshot(1, 0);

    Map<Integer, List<String>> reads = new HashMap<>();
    for (int index = 0; index < 3; index++) {
      var after = start(4, 3, index, repartitioned(state, 1, 3, index));
      for (int lane = index; lane < 4; lane += 3) {
        after.processElement(mark(lane, 2, 2), 0);
      }
      reads.put(index, reads(after));
    }
    assertThat(reads)
        .containsEntry(0, List.of("untouched 0", "untouched 3"))
        .containsEntry(1, List.of("untouched 1"))
        .containsEntry(2, List.of("untouched 2"));
  }

  @Test
  void threeSubtasksLanesMoveToOne() throws Exception {
    OperatorSubtaskState[] states = new OperatorSubtaskState[3];
    for (int index = 0; index < 3; index++) {
      var before = start(4, 3, index, null);
      for (int lane = index; lane < 4; lane += 3) {
        before.processElement(arm(lane), 0);
        before.processElement(mark(lane, 1, 1), 0);
        before.processElement(rows(lane), 0);
        before.processElement(end(lane), 0);
      }
      states[index] = before.snapshot(1, 0);
    }
    OperatorSubtaskState all = AbstractStreamOperatorTestHarness.repackageState(states);
    var after = start(4, 1, 0, repartitioned(all, 3, 1, 0));
    for (int lane = 0; lane < 4; lane++) {
      after.processElement(mark(lane, 2, 2), 0);
    }
    assertThat(reads(after)).hasSize(8);
  }

  @Test
  void aSecondSnapshotHoldsNoChunkOfTheFirst() throws Exception {
    var merge = start(1, 1, 0, null);
    merge.processElement(arm(0), 0);
    merge.processElement(mark(0, 1, 1), 0);
    merge.processElement(rows(0), 0);
    merge.processElement(end(0), 0);
    merge.snapshot(1, 0);
    merge.processElement(mark(0, 2, 1), 0);
    merge.getOperator().notifyCheckpointComplete(1);
    OperatorSubtaskState second = merge.snapshot(2, 0);
    var after = start(1, 1, 0, second);
    after.processElement(mark(0, 3, 2), 0);
    assertThat(reads(after)).isEmpty();
  }

  @Test
  void theRowsOfACheckpointAreLetGoOnceItIsWrittenOrAborted() throws Exception {
    var merge = start(1, 1, 0, null);
    OperatorSubtaskState state = merge.snapshot(1, 0);
    assertThat(held(merge)).hasSize(1);
    merge.getOperator().notifyCheckpointComplete(1);
    assertThat(held(merge)).isEmpty();
    merge.snapshot(2, 0);
    merge.getOperator().notifyCheckpointAborted(2);
    assertThat(held(merge)).isEmpty();
    assertThat(held(start(1, 1, 0, state))).as("taken into the lanes").isEmpty();
  }

  private static Iterable<LaneState> held(
      OneInputStreamOperatorTestHarness<LaneRecord, Change> merge) throws Exception {
    return ((MergeOperator) merge.getOperator())
        .getOperatorStateBackend()
        .getUnionListState(new ListStateDescriptor<>("lanes", new LaneStateSerializer()))
        .get();
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
    assertThatThrownBy(() -> new MergeOperatorFactory(0)).hasMessageContaining("0 lanes");
  }

  @Test
  void flinkIsToldWhichOperatorItIs() {
    assertThat(new MergeOperatorFactory(1).getStreamOperatorClass(getClass().getClassLoader()))
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
            new MergeOperatorFactory(lanes), MAX_PARALLELISM, subtasks, index);
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
        new OneInputStreamOperatorTestHarness<LaneRecord, Change>(new MergeOperatorFactory(lanes));
    open.add(harness);
    harness.getEnvironment().getJobConfiguration().addAll(job);
    harness.open();
    return harness;
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
    return new LaneRecord.Marked(lane, new Mark(attempt, counter, 10 * counter, 0));
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
    return new LaneRecord.Rows(lane, new ChunkId(1, lane), new Mark(1, 1, 10, 0), T, batch, 0);
  }

  private static LaneRecord end(int lane) {
    return new LaneRecord.ChunkEnd(lane, new ChunkId(1, lane), new Mark(1, 1, 10, 0), T.name(), 11);
  }
}
