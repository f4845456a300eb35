package io.tidemark.source.merge;

import io.tidemark.postgres.change.Change;
import io.tidemark.source.lane.LaneRecord;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.streaming.api.graph.StreamGraphHasherV2;
import org.apache.flink.streaming.api.operators.AbstractStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.ChainingStrategy;
import org.apache.flink.streaming.api.operators.OneInputStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;

/**
 * Makes {@link MergeOperator}s, which chain to what comes before and after: with one lane the
 * source and the merge are one task, and nothing between them is copied.
 */
public final class MergeOperatorFactory extends AbstractStreamOperatorFactory<Change>
    implements OneInputStreamOperatorFactory<LaneRecord, Change> {
  private static final long serialVersionUID = 1L;
  private final int lanes;
  private final String sourceUid;

  /**
   * @param lanes how many lanes the job has, for good; at least 1
   * @param sourceUid the uid of the source's operator, whose enumerator the lanes report to
   */
  public MergeOperatorFactory(int lanes, String sourceUid) {
    if (lanes < 1) {
      throw new IllegalArgumentException(lanes + " lanes; there must be at least 1");
    }
    this.lanes = lanes;
    this.sourceUid = sourceUid;
    this.chainingStrategy = ChainingStrategy.ALWAYS;
  }

  @Override
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // Flink's signature
  public <T extends StreamOperator<Change>> T createStreamOperator(
      StreamOperatorParameters<Change> parameters) {
    OperatorID source = new OperatorID(StreamGraphHasherV2.generateUserSpecifiedHash(sourceUid));
    return (T) new MergeOperator(parameters, lanes, source);
  }

  @Override
  public Class<MergeOperator> getStreamOperatorClass(ClassLoader loader) {
    return MergeOperator.class;
  }
}
