package io.tidemark.source;

import io.tidemark.postgres.change.Change;
import io.tidemark.source.format.ChangeSerializer;
import io.tidemark.source.format.RecordTypeInfo;
import org.apache.flink.api.common.serialization.SerializerConfig;

/**
 * What Flink has to know of {@link Change}: how it is serialized, in network buffers and in state.
 * A capture's own stream has it; a program gives it where it makes streams of changes itself, as in
 * {@code changes.filter(...).returns(new ChangeTypeInfo())}, or keeps changes in state. Changes are
 * no keys: key by what is in them.
 */
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
