package io.tidemark.source.lane;

import io.tidemark.source.format.RecordTypeInfo;
import org.apache.flink.api.common.serialization.SerializerConfig;

/** What Flink has to know of {@link LaneRecord}: that {@link LaneRecordSerializer} writes it. */
public final class LaneRecordTypeInfo extends RecordTypeInfo<LaneRecord> {
  private static final long serialVersionUID = 1L;

  /** Makes one; all are equal. */
  public LaneRecordTypeInfo() {
    super(LaneRecord.class);
  }

  @Override
  public LaneRecordSerializer createSerializer(SerializerConfig config) {
    return new LaneRecordSerializer();
  }
}
