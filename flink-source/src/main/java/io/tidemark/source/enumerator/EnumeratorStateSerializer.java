package io.tidemark.source.enumerator;

import io.tidemark.source.split.CaptureSplit;
import io.tidemark.source.split.SplitCodec;
import io.tidemark.source.split.StreamSplit;
import java.io.IOException;
import java.util.TreeSet;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.core.memory.DataOutputView;

/** Writes the enumerator's state. Version 1 is the first. */
public final class EnumeratorStateSerializer implements SimpleVersionedSerializer<EnumeratorState> {
  private static final int VERSION_1 = 1;

  @Override
  public int getVersion() {
    return VERSION_1;
  }

  @Override
  public byte[] serialize(EnumeratorState state) throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(1024);
    out.writeBoolean(state.unassigned() != null);
    if (state.unassigned() != null) {
      SplitCodec.write(state.unassigned(), out);
    }
    out.writeBoolean(state.prepared());
    out.writeLong(state.systemId());
    out.writeInt(state.timeline());
    out.writeLong(state.dumps().nextDump());
    SplitCodec.writeList(state.dumps().dumps(), EnumeratorStateSerializer::writeDump, out);
    SplitCodec.writeList(state.dumps().done(), SplitCodec::writeName, out);
    return out.getCopyOfBuffer();
  }

  @Override
  public EnumeratorState deserialize(int version, byte[] bytes) throws IOException {
    if (version != VERSION_1) {
      throw new IOException(
          "enumerator state of version " + version + "; this release reads version " + VERSION_1);
    }
    DataInputDeserializer in = new DataInputDeserializer(bytes);
    EnumeratorState state =
        new EnumeratorState(
            in.readBoolean() ? stream(SplitCodec.read(in)) : null,
            in.readBoolean(),
            in.readLong(),
            in.readInt(),
            new DumpCoordinator.State(
                in.readLong(),
                SplitCodec.readList(in, EnumeratorStateSerializer::readDump),
                new TreeSet<>(SplitCodec.readList(in, SplitCodec::readName))));
    if (in.available() > 0) {
      throw new IOException(in.available() + " bytes after the enumerator's state");
    }
    return state;
  }

  private static StreamSplit stream(CaptureSplit split) throws IOException {
    if (split instanceof StreamSplit stream) {
      return stream;
    }
    throw new IOException("split " + split.splitId() + " where the stream split was expected");
  }

  private static void writeDump(TableDump.State dump, DataOutputView out) throws IOException {
    out.writeLong(dump.id());
    SplitCodec.writeName(dump.table(), out);
    out.writeBoolean(dump.repairOnly());
    out.writeUTF(dump.phase().name());
    SplitCodec.writeList(dump.leaves(), SplitCodec::writeTable, out);
    SplitCodec.writeList(dump.waiting(), SplitCodec::writeDump, out);
    SplitCodec.writeList(dump.assigned(), SplitCodec::writeDump, out);
    out.writeInt(dump.round());
    out.writeInt(dump.finishedRound());
    out.writeBoolean(dump.keysAwaited());
    out.writeInt(dump.keysOfRound());
    out.writeLong(dump.high());
  }

  private static TableDump.State readDump(DataInputView in) throws IOException {
    return new TableDump.State(
        in.readLong(),
        SplitCodec.readName(in),
        in.readBoolean(),
        phase(in.readUTF()),
        SplitCodec.readList(in, SplitCodec::readTable),
        SplitCodec.readList(in, SplitCodec::readDump),
        SplitCodec.readList(in, SplitCodec::readDump),
        in.readInt(),
        in.readInt(),
        in.readBoolean(),
        in.readInt(),
        in.readLong());
  }

  private static TableDump.Phase phase(String name) throws IOException {
    try {
      return TableDump.Phase.valueOf(name);
    } catch (IllegalArgumentException e) {
      throw new IOException("no dump has the phase '" + name + "'", e);
    }
  }
}
