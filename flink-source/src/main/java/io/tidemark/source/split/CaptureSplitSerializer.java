package io.tidemark.source.split;

import java.io.IOException;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;

/** Writes splits into checkpoints and messages. Version 1: as {@link SplitCodec} has it. */
public final class CaptureSplitSerializer implements SimpleVersionedSerializer<CaptureSplit> {
  private static final int VERSION_1 = 1;

  @Override
  public int getVersion() {
    return VERSION_1;
  }

  @Override
  public byte[] serialize(CaptureSplit split) throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(256);
    SplitCodec.write(split, out);
    return out.getCopyOfBuffer();
  }

  @Override
  public CaptureSplit deserialize(int version, byte[] bytes) throws IOException {
    if (version != VERSION_1) {
      throw new IOException(
          "a split of version " + version + "; this release reads version " + VERSION_1);
    }
    DataInputDeserializer in = new DataInputDeserializer(bytes);
    CaptureSplit split = SplitCodec.read(in);
    if (in.available() > 0) {
      throw new IOException(in.available() + " bytes after split " + split.splitId());
    }
    return split;
  }
}
