package io.tidemark.source.lane;

import io.tidemark.source.format.ChangeSerializer;
import io.tidemark.source.format.Fields;
import io.tidemark.source.format.FormatSnapshot;
import io.tidemark.source.format.InlinedSchemas;
import io.tidemark.source.format.RecordSerializer;
import io.tidemark.source.lane.LaneRecord.Arm;
import io.tidemark.source.lane.LaneRecord.ChunkEnd;
import io.tidemark.source.lane.LaneRecord.ChunkFailed;
import io.tidemark.source.lane.LaneRecord.Disarm;
import io.tidemark.source.lane.LaneRecord.Marked;
import io.tidemark.source.lane.LaneRecord.Promise;
import io.tidemark.source.lane.LaneRecord.Rows;
import io.tidemark.source.lane.LaneRecord.Stream;
import io.tidemark.source.lane.LaneRecord.VoidChunks;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Writes and reads what travels from the source to the lanes. The format, spelled out in {@code
 * LaneRecordSerializerTest}: a tag (byte), the lane (int), then
 *
 * <pre>
 * 0 Stream       change, see {@link ChangeSerializer}
 * 1 Marked       mark
 * 2 Arm          table
 * 3 Disarm       table
 * 4 VoidChunks   table, counter (long)
 * 5 Rows         chunk, mark, schema, rows, the hash of each row's key (int)
 * 6 ChunkEnd     chunk, mark, table, high (long)
 * 7 ChunkFailed  chunk
 * 8 Promise      reader, readers (int each), counter (long)
 * 9 Rows         of a request: the request (long), then as 5
 * </pre>
 *
 * <p>Records of this kind are on their way and never in a checkpoint: both ends are of one release.
 */
public final class LaneRecordSerializer extends RecordSerializer<LaneRecord> {
  private static final long serialVersionUID = 1L;

  /** Makes one; each thread needs its own. */
  public LaneRecordSerializer() {
    super(LaneRecord.class);
  }

  @Override
  protected void write(LaneRecord record, DataOutputView out, InlinedSchemas schemas)
      throws IOException {
    record.accept(new Writer(out, schemas));
  }

  private record Writer(DataOutputView out, InlinedSchemas schemas)
      implements LaneRecord.Visitor<IOException> {
    @Override
    public void stream(Stream record) throws IOException {
      head(0, record, out);
      ChangeSerializer.writeChange(record.change(), out, schemas);
    }

    @Override
    public void marked(Marked record) throws IOException {
      head(1, record, out);
      writeMark(record.mark(), out);
    }

    @Override
    public void arm(Arm record) throws IOException {
      head(2, record, out);
      Fields.writeTable(record.table(), out);
    }

    @Override
    public void disarm(Disarm record) throws IOException {
      head(3, record, out);
      Fields.writeTable(record.table(), out);
    }

    @Override
    public void voidChunks(VoidChunks record) throws IOException {
      head(4, record, out);
      Fields.writeTable(record.table(), out);
      out.writeLong(record.counter());
    }

    @Override
    public void rows(Rows record) throws IOException {
      if (record.request() == 0) {
        head(5, record, out);
      } else {
        head(9, record, out);
        out.writeLong(record.request());
      }
      writeChunk(record.chunk(), out);
      writeMark(record.mark(), out);
      schemas.write(record.schema(), out);
      Fields.writeRows(record.batch().rows(), out);
      writeHashes(record.batch().hashes(), out);
    }

    @Override
    public void chunkEnd(ChunkEnd record) throws IOException {
      head(6, record, out);
      writeChunk(record.chunk(), out);
      writeMark(record.mark(), out);
      Fields.writeTable(record.table(), out);
      out.writeLong(record.high());
    }

    @Override
    public void chunkFailed(ChunkFailed record) throws IOException {
      head(7, record, out);
      writeChunk(record.chunk(), out);
    }

    @Override
    public void promise(Promise record) throws IOException {
      head(8, record, out);
      out.writeInt(record.reader());
      out.writeInt(record.readers());
      out.writeLong(record.counter());
    }
  }

  private static void head(int tag, LaneRecord record, DataOutputView out) throws IOException {
    out.writeByte(tag);
    out.writeInt(record.lane());
  }

  @Override
  protected LaneRecord read(DataInputView in, InlinedSchemas schemas) throws IOException {
    int tag = in.readUnsignedByte();
    int lane = in.readInt();
    if (lane < 0) {
      throw new IOException("lane " + lane);
    }
    return switch (tag) {
      case 0 -> new Stream(lane, ChangeSerializer.readChange(in, schemas));
      case 1 -> new Marked(lane, readMark(in));
      case 2 -> new Arm(lane, Fields.readTable(in));
      case 3 -> new Disarm(lane, Fields.readTable(in));
      case 4 -> new VoidChunks(lane, Fields.readTable(in), in.readLong());
      case 5 -> readRows(lane, 0, in, schemas);
      case 6 ->
          new ChunkEnd(lane, readChunk(in), readMark(in), Fields.readTable(in), in.readLong());
      case 7 -> new ChunkFailed(lane, readChunk(in));
      case 8 -> new Promise(lane, in.readInt(), in.readInt(), in.readLong());
      case 9 -> readRows(lane, readRequest(in), in, schemas);
      default -> throw new IOException("no lane record has the tag " + tag);
    };
  }

  private static long readRequest(DataInputView in) throws IOException {
    long request = in.readLong();
    if (request == 0) {
      throw new IOException("rows of the request 0, which is none");
    }
    return request;
  }

  private static Rows readRows(int lane, long request, DataInputView in, InlinedSchemas schemas)
      throws IOException {
    return new Rows(lane, readChunk(in), readMark(in), schemas.read(in), readBatch(in), request);
  }

  private static void writeHashes(int[] hashes, DataOutputView out) throws IOException {
    for (int hash : hashes) {
      out.writeInt(hash);
    }
  }

  private static RowBatch readBatch(DataInputView in) throws IOException {
    byte[][] rows = Fields.readRows(in);
    int[] hashes = new int[rows.length];
    for (int i = 0; i < hashes.length; i++) {
      hashes[i] = in.readInt();
    }
    return RowBatch.of(rows, hashes);
  }

  /** Attempt, counter, LSN (long each). */
  private static void writeMark(Mark mark, DataOutput out) throws IOException {
    out.writeLong(mark.attempt());
    out.writeLong(mark.counter());
    out.writeLong(mark.lsn());
  }

  /** What {@link #writeMark} wrote. */
  private static Mark readMark(DataInput in) throws IOException {
    return new Mark(in.readLong(), in.readLong(), in.readLong());
  }

  /** Subtask (int), reader, number (long each). */
  private static void writeChunk(ChunkId chunk, DataOutput out) throws IOException {
    out.writeInt(chunk.subtask());
    out.writeLong(chunk.reader());
    out.writeLong(chunk.number());
  }

  /** What {@link #writeChunk} wrote. */
  private static ChunkId readChunk(DataInput in) throws IOException {
    return new ChunkId(in.readInt(), in.readLong(), in.readLong());
  }

  @Override
  public LaneRecordSerializer duplicate() {
    return new LaneRecordSerializer();
  }

  @Override
  public TypeSerializerSnapshot<LaneRecord> snapshotConfiguration() {
    return new Snapshot();
  }

  /** The version of the format. */
  public static final class Snapshot extends FormatSnapshot<LaneRecord> {
    private static final int VERSION = 2;

    /** For Flink. */
    public Snapshot() {
      super(VERSION);
    }

    @Override
    public LaneRecordSerializer restoreSerializer() {
      return new LaneRecordSerializer();
    }
  }
}
