package io.tidemark.source.split;

import java.io.IOException;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;

/**
 * Writes splits into checkpoints and messages, as {@link SplitCodec} has it. Version 2 added the
 * request of a dump split; version 1 is still read, others are refused.
 */
public final class CaptureSplitSerializer implements SimpleVersionedSerializer<CaptureSplit> {
  @Override
  public int getVersion() {
    return SplitCodec.VERSION;
  }

  @Override
  public byte[] serialize(CaptureSplit split) throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(256);
    SplitCodec.write(split, out);
    return out.getCopyOfBuffer();
  }

  @Override
  public CaptureSplit deserialize(int version, byte[] bytes) throws IOException {
    if (version < 1 || version > SplitCodec.VERSION) {
      throw new IOException(
          "a split of version "
              + version
              + "; this release reads versions 1 to "
              + SplitCodec.VERSION);
    }
    DataInputDeserializer in = new DataInputDeserializer(bytes);
    CaptureSplit split = SplitCodec.read(in, version);
    if (in.available() > 0) {
      throw new IOException(in.available() + " bytes after split " + split.splitId());
    }
    return split;
  }
}
