package io.tidemark.source;

import io.tidemark.postgres.change.Change;
import io.tidemark.source.lane.LaneRecord;
import io.tidemark.source.lane.LaneRecordTypeInfo;
import io.tidemark.source.merge.MergeOperatorFactory;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Source and merge as Flink operators. One lane: both with parallelism 1, chained, so that a record
 * costs a method call. More lanes: the source with the job's parallelism, and the lanes spread over
 * at most as many subtasks as there are lanes.
 */
final class CaptureTopology {
  private CaptureTopology() {}

  static DataStream<Change> build(StreamExecutionEnvironment env, CaptureConfig config) {
    int lanes = config.lanes();
    check(env, lanes);
    String id = "tidemark-" + config.slot();
    String sourceUid = id + "-source";
    SingleOutputStreamOperator<LaneRecord> source =
        env.fromSource(
                new CaptureSource(config),
                WatermarkStrategy.noWatermarks(),
                "capture " + config.slot(),
                new LaneRecordTypeInfo())
            .uid(sourceUid);
    if (config.dumpFromPrimary()) {
      // A snapshot there counts by what the stream has emitted, which one subtask alone knows.
      source.setParallelism(1).setMaxParallelism(1);
    }
    if (lanes == 1) {
      SingleOutputStreamOperator<Change> merged =
          source
              .setParallelism(1)
              .setMaxParallelism(1)
              .transform("merge", new ChangeTypeInfo(), new MergeOperatorFactory(lanes, sourceUid));
      return merged.uid(id + "-merge").setParallelism(1).setMaxParallelism(1);
    }
    SingleOutputStreamOperator<Change> merged =
        source
            .partitionCustom((lane, subtasks) -> lane % subtasks, LaneRecord::lane)
            .transform("merge", new ChangeTypeInfo(), new MergeOperatorFactory(lanes, sourceUid));
    return merged
        .uid(id + "-merge")
        .setMaxParallelism(lanes)
        .setParallelism(Math.min(lanes, env.getParallelism()));
  }

  private static void check(StreamExecutionEnvironment env, int lanes) {
    List<String> problems = new ArrayList<>();
    if (!env.getCheckpointConfig().isCheckpointingEnabled()) {
      problems.add(
          "checkpointing is disabled: the slot would hold WAL for ever and a dump would never end;"
              + " call env.enableCheckpointing(interval)");
    }
    if (lanes > 1 && env.getCheckpointConfig().isUnalignedCheckpointsEnabled()) {
      problems.add(
          "unaligned checkpoints are enabled: with "
              + lanes
              + " lanes rows in flight would be restored behind newer ones; disable them");
    }
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(
          "the capture cannot run in this environment:\n  - " + String.join("\n  - ", problems));
    }
  }
}
