package io.tidemark.source.merge;

import io.tidemark.postgres.RowKey;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.source.record.ChunkId;
import io.tidemark.source.record.Fields;
import io.tidemark.source.record.FormatSnapshot;
import io.tidemark.source.record.Frames;
import io.tidemark.source.record.InlinedSchemas;
import io.tidemark.source.record.Mark;
import io.tidemark.source.record.RecordSerializer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Writes and reads {@link LaneState}, straight to and from the checkpoint's stream: a lane can hold
 * many megabytes of rows. The format, spelled out in {@code LaneStateSerializerTest}:
 *
 * <pre>
 * version   byte, 3; the rest in {@link Frames}
 * lane      int
 * newest    long, counter of the newest mark
 * tables    count, then each: name, armed (byte), armed at, truncated at, changed at (long each),
 *           whether there is a schema (byte), schema, touches
 * voided    count, then each: table, counter (long)
 * chunks    count, then each: id, mark, counter (long), table, high (long),
 *           whether there is a schema (byte), schema, request (long), count of batches, rows of
 *           each batch
 * end       byte, 0x4C: what was written by anything else does not end here
 *
 * touches   count, then each: key (bytes), last, settled (long each), known (tuple)
 * </pre>
 *
 * <p>Version 1 had no frames: a large state was slow to read, a system call for each field. Version
 * 2 had no requests. All three are read, others refused.
 */
final class LaneStateSerializer extends RecordSerializer<LaneState> {
  private static final long serialVersionUID = 1L;
  private static final int WITHOUT_FRAMES = 1;
  private static final int WITHOUT_REQUESTS = 2;
  private static final int VERSION = 3;
  private static final int END = 0x4C;

  LaneStateSerializer() {
    super(LaneState.class);
  }

  @Override
  protected void write(LaneState state, DataOutputView out, InlinedSchemas schemas)
      throws IOException {
    out.writeByte(VERSION);
    Frames.write(out, framed -> writeState(state, framed, schemas));
  }

  private static void writeState(LaneState state, DataOutputView out, InlinedSchemas schemas)
      throws IOException {
    out.writeInt(state.lane());
    out.writeLong(state.newestMark());
    out.writeInt(state.tables().size());
    for (LaneState.Table table : state.tables()) {
      writeTable(table, out, schemas);
    }
    out.writeInt(state.voided().size());
    for (Map.Entry<TableName, Long> each : new TreeMap<>(state.voided()).entrySet()) {
      Fields.writeTable(each.getKey(), out);
      out.writeLong(each.getValue());
    }
    out.writeInt(state.chunks().size());
    for (LaneState.Chunk chunk : state.chunks()) {
      writeChunk(chunk, out, schemas);
    }
    out.writeByte(END);
  }

  private static void writeTable(LaneState.Table table, DataOutputView out, InlinedSchemas schemas)
      throws IOException {
    Fields.writeTable(table.name(), out);
    out.writeBoolean(table.armed());
    out.writeLong(table.armedAt());
    out.writeLong(table.truncatedAt());
    out.writeLong(table.changedAt());
    writeSchema(table.schema(), out, schemas);
    out.writeInt(table.touches().size());
    for (LaneState.KeyTouch touch : table.touches()) {
      Fields.writeBytes(touch.key().array(), out);
      out.writeLong(touch.last());
      out.writeLong(touch.settled());
      Fields.writeTuple(touch.known(), out);
    }
  }

  private static void writeChunk(LaneState.Chunk chunk, DataOutputView out, InlinedSchemas schemas)
      throws IOException {
    Fields.writeChunk(chunk.id(), out);
    Fields.writeMark(chunk.mark(), out);
    out.writeLong(chunk.counter());
    Fields.writeTable(chunk.table(), out);
    out.writeLong(chunk.high());
    writeSchema(chunk.schema(), out, schemas);
    out.writeLong(chunk.request());
    out.writeInt(chunk.batches().size());
    for (byte[][] rows : chunk.batches()) {
      Fields.writeRows(rows, out);
    }
  }

  private static void writeSchema(TableSchema schema, DataOutputView out, InlinedSchemas schemas)
      throws IOException {
    out.writeBoolean(schema != null);
    if (schema != null) {
      schemas.write(schema, out);
    }
  }

  @Override
  protected LaneState read(DataInputView in, InlinedSchemas schemas) throws IOException {
    int version = in.readUnsignedByte();
    return switch (version) {
      case WITHOUT_FRAMES -> readState(in, schemas, false);
      case WITHOUT_REQUESTS -> Frames.read(in, framed -> readState(framed, schemas, false));
      case VERSION -> Frames.read(in, framed -> readState(framed, schemas, true));
      default ->
          throw new IOException("a lane of version " + version + "; known are 1 to " + VERSION);
    };
  }

  private static LaneState readState(DataInputView in, InlinedSchemas schemas, boolean requests)
      throws IOException {
    int lane = in.readInt();
    long newestMark = in.readLong();
    List<LaneState.Table> tables = new ArrayList<>();
    for (int left = readCount(in); left > 0; left--) {
      tables.add(readTable(in, schemas));
    }
    Map<TableName, Long> voided = new TreeMap<>();
    for (int left = readCount(in); left > 0; left--) {
      voided.put(Fields.readTable(in), in.readLong());
    }
    List<LaneState.Chunk> chunks = new ArrayList<>();
    for (int left = readCount(in); left > 0; left--) {
      chunks.add(readChunk(in, schemas, requests));
    }
    int end = in.readUnsignedByte();
    if (lane < 0 || end != END) {
      throw new IOException("the state of lane " + lane + " ends in byte " + end + ", not " + END);
    }
    return new LaneState(lane, newestMark, tables, voided, chunks);
  }

  private static LaneState.Table readTable(DataInputView in, InlinedSchemas schemas)
      throws IOException {
    TableName name = Fields.readTable(in);
    boolean armed = Fields.readFlag(in);
    long armedAt = in.readLong();
    long truncatedAt = in.readLong();
    long changedAt = in.readLong();
    TableSchema schema = readSchema(in, schemas);
    List<LaneState.KeyTouch> touches = new ArrayList<>();
    for (int left = readCount(in); left > 0; left--) {
      RowKey key = new RowKey(Fields.readBytes(in));
      touches.add(new LaneState.KeyTouch(key, in.readLong(), in.readLong(), Fields.readTuple(in)));
    }
    return new LaneState.Table(name, armed, armedAt, truncatedAt, changedAt, schema, touches);
  }

  private static LaneState.Chunk readChunk(
      DataInputView in, InlinedSchemas schemas, boolean requests) throws IOException {
    ChunkId id = Fields.readChunk(in);
    Mark mark = Fields.readMark(in);
    long counter = in.readLong();
    TableName table = Fields.readTable(in);
    long high = in.readLong();
    TableSchema schema = readSchema(in, schemas);
    long request = requests ? in.readLong() : 0;
    List<byte[][]> batches = new ArrayList<>();
    for (int left = readCount(in); left > 0; left--) {
      batches.add(Fields.readRows(in));
    }
    return new LaneState.Chunk(id, mark, counter, table, high, schema, request, batches);
  }

  private static TableSchema readSchema(DataInputView in, InlinedSchemas schemas)
      throws IOException {
    return Fields.readFlag(in) ? schemas.read(in) : null;
  }

  private static int readCount(DataInputView in) throws IOException {
    return Fields.readCount(in, Fields.MAX_LENGTH);
  }

  @Override
  public LaneStateSerializer duplicate() {
    return new LaneStateSerializer();
  }

  @Override
  public TypeSerializerSnapshot<LaneState> snapshotConfiguration() {
    return new Snapshot();
  }

  /** The version of the format, as far as Flink has to know it. */
  public static final class Snapshot extends FormatSnapshot<LaneState> {
    private static final int VERSION = 1;

    /** For Flink. */
    public Snapshot() {
      super(VERSION);
    }

    @Override
    public LaneStateSerializer restoreSerializer() {
      return new LaneStateSerializer();
    }
  }
}
