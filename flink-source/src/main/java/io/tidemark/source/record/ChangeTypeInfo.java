package io.tidemark.source.record;

import io.tidemark.postgres.change.Change;
import org.apache.flink.api.common.serialization.SerializerConfig;

/** What Flink has to know of {@link Change}: that {@link ChangeSerializer} writes it. */
public final class ChangeTypeInfo extends RecordTypeInfo<Change> {
  private static final long serialVersionUID = 1L;

  /** Makes one; all are equal. */
  public ChangeTypeInfo() {
    super(Change.class);
  }

  @Override
  public ChangeSerializer createSerializer(SerializerConfig config) {
    return new ChangeSerializer();
  }
}
