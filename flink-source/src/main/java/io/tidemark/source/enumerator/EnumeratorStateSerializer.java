package io.tidemark.source.enumerator;

import io.tidemark.postgres.KeyTexts;
import io.tidemark.postgres.RowSelection;
import io.tidemark.postgres.RowSelection.Keys;
import io.tidemark.postgres.RowSelection.Pages;
import io.tidemark.postgres.TableName;
import io.tidemark.source.DumpRequest;
import io.tidemark.source.event.EnumeratorEvent.Span;
import io.tidemark.source.format.Fields;
import io.tidemark.source.split.CaptureSplit;
import io.tidemark.source.split.SplitCodec;
import io.tidemark.source.split.StreamSplit;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Writes the enumerator's state.
 *
 * <ul>
 *   <li>Version 1 is the first.
 *   <li>Version 2 added the requests of dumps on demand, here and in each dump split. A table whose
 *       rows are repaired stays among those that are done; in version 1 it left them meanwhile.
 *   <li>Version 3 added the keys of such requests. Dump splits can have keys for a request since.
 *   <li>Version 4 added the checkpoint's id, and has splits without pending chunks.
 *   <li>Version 5 has a stream split that says which tables are to be dumped anew, and of each dump
 *       where it was planned; that is not known in former ones.
 * </ul>
 */
public final class EnumeratorStateSerializer implements SimpleVersionedSerializer<EnumeratorState> {
  private static final int VERSION_1 = 1;
  private static final int VERSION_2 = 2;
  private static final int VERSION_3 = 3;
  private static final int VERSION_4 = 4;
  private static final int VERSION_5 = 5;

  @Override
  public int getVersion() {
    return VERSION_5;
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
    out.writeLong(state.dumps().dumps().nextDump());
    SplitCodec.writeList(state.dumps().dumps().dumps(), EnumeratorStateSerializer::writeDump, out);
    SplitCodec.writeList(state.dumps().dumps().done(), SplitCodec::writeName, out);
    SplitCodec.writeList(state.dumps().requests(), EnumeratorStateSerializer::writeRequest, out);
    out.writeLong(state.checkpoint());
    return out.getCopyOfBuffer();
  }

  @Override
  public EnumeratorState deserialize(int version, byte[] bytes) throws IOException {
    if (version < VERSION_1 || version > VERSION_5) {
      throw new IOException(
          "enumerator state of version "
              + version
              + "; this release reads versions 1 to "
              + VERSION_5);
    }
    DataInputDeserializer in = new DataInputDeserializer(bytes);
    EnumeratorState state =
        new EnumeratorState(
            in.readBoolean() ? stream(SplitCodec.read(in, splitVersion(version))) : null,
            in.readBoolean(),
            in.readLong(),
            in.readInt(),
            readDumps(in, version),
            version <= VERSION_3 ? 0 : in.readLong());
    if (in.available() > 0) {
      throw new IOException(in.available() + " bytes after the enumerator's state");
    }
    return state;
  }

  /** Each version has the splits of the release that brought it. */
  private static int splitVersion(int version) {
    return switch (version) {
      case VERSION_1 -> 1;
      case VERSION_2, VERSION_3 -> 2;
      case VERSION_4 -> 3;
      default -> SplitCodec.VERSION;
    };
  }

  private static DumpCoordinator.State readDumps(DataInputView in, int version) throws IOException {
    long nextDump = in.readLong();
    List<TableDump.State> dumps = SplitCodec.readList(in, each -> readDump(each, version));
    Set<TableName> done = new TreeSet<>(SplitCodec.readList(in, SplitCodec::readName));
    if (version == VERSION_1) {
      dumps.stream()
          .filter(TableDump.State::repairOnly)
          .forEach(repaired -> done.add(repaired.table()));
      return new DumpCoordinator.State(new OpenDumps.State(nextDump, dumps, done), List.of());
    }
    return new DumpCoordinator.State(
        new OpenDumps.State(nextDump, dumps, done),
        SplitCodec.readList(in, each -> readRequest(each, version)));
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
    out.writeLong(dump.plannedAt().before());
    out.writeLong(dump.plannedAt().after());
    SplitCodec.writeList(dump.waiting(), SplitCodec::writeDump, out);
    SplitCodec.writeList(dump.assigned(), SplitCodec::writeDump, out);
    out.writeInt(dump.round());
    out.writeInt(dump.finishedRound());
    out.writeBoolean(dump.keysAwaited());
    out.writeInt(dump.keysOfRound());
    out.writeLong(dump.high());
  }

  private static TableDump.State readDump(DataInputView in, int version) throws IOException {
    int splitVersion = splitVersion(version);
    return new TableDump.State(
        in.readLong(),
        SplitCodec.readName(in),
        in.readBoolean(),
        phase(in.readUTF()),
        SplitCodec.readList(in, SplitCodec::readTable),
        version < VERSION_5 ? Span.UNKNOWN : new Span(in.readLong(), in.readLong()),
        SplitCodec.readList(in, each -> SplitCodec.readDump(each, splitVersion)),
        SplitCodec.readList(in, each -> SplitCodec.readDump(each, splitVersion)),
        in.readInt(),
        in.readInt(),
        in.readBoolean(),
        in.readInt(),
        in.readLong());
  }

  private static void writeRequest(Requests.Asked asked, DataOutputView out) throws IOException {
    out.writeLong(asked.request().request());
    SplitCodec.writeName(asked.request().table(), out);
    writeRows(asked.request().rows(), out);
    out.writeLong(asked.dump());
    out.writeBoolean(asked.read());
  }

  /** Pages and keys; of keys the pages are 0 to 0, and of pages there are no keys. */
  private static void writeRows(RowSelection rows, DataOutputView out) throws IOException {
    out.writeLong(rows.either(Pages::first, keys -> 0L));
    out.writeLong(rows.either(Pages::last, keys -> 0L));
    SplitCodec.writeList(
        rows.either(pages -> KeyTexts.NONE, Keys::texts).keys(),
        (key, to) -> SplitCodec.writeList(key, (text, each) -> Fields.writeString(text, each), to),
        out);
  }

  private static RowSelection readRows(DataInputView in, int version) throws IOException {
    long first = in.readLong();
    // Former requests had one page more.
    long last = Math.min(in.readLong(), Pages.LAST_PAGE);
    KeyTexts keys = version == VERSION_2 ? KeyTexts.NONE : readKeys(in);
    if (keys.isEmpty()) {
      return new Pages(first, last);
    }
    if (first != 0 || last != 0) {
      throw new IOException("both %s and pages %d to %d".formatted(keys, first, last));
    }
    return new Keys(keys);
  }

  private static Requests.Asked readRequest(DataInputView in, int version) throws IOException {
    try {
      DumpRequest request =
          new DumpRequest(in.readLong(), SplitCodec.readName(in), readRows(in, version));
      return new Requests.Asked(request, in.readLong(), in.readBoolean());
    } catch (IllegalArgumentException e) {
      throw new IOException("a dump request that cannot be: " + e.getMessage(), e);
    }
  }

  private static KeyTexts readKeys(DataInputView in) throws IOException {
    return new KeyTexts(
        SplitCodec.readList(in, key -> SplitCodec.readList(key, Fields::readString)));
  }

  private static TableDump.Phase phase(String name) throws IOException {
    try {
      return TableDump.Phase.valueOf(name);
    } catch (IllegalArgumentException e) {
      throw new IOException("no dump has the phase '" + name + "'", e);
    }
  }
}
