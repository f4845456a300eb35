package io.tidemark.source.merge;

import io.tidemark.source.format.FormatSnapshot;
import io.tidemark.source.format.InlinedSchemas;
import io.tidemark.source.format.RecordSerializer;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Writes and reads {@link LaneState}. The format, spelled out in {@code LaneStateSerializerTest}:
 *
 * <pre>
 * version   byte, 4
 * lane      int
 * </pre>
 *
 * <p>Versions 2 and 3 held rows that waited in the lane, in frames, each behind its length (int),
 * ended by a length of 0; the first begins with the lane. Readers read these rows again, so that
 * the frames are skipped. Version 1, without frames, is refused.
 */
final class LaneStateSerializer extends RecordSerializer<LaneState> {
  private static final long serialVersionUID = 1L;
  private static final int FIRST_IN_FRAMES = 2;
  private static final int LAST_IN_FRAMES = 3;
  private static final int VERSION = 4;

  LaneStateSerializer() {
    super(LaneState.class);
  }

  @Override
  protected void write(LaneState state, DataOutputView out, InlinedSchemas schemas)
      throws IOException {
    out.writeByte(VERSION);
    out.writeInt(state.lane());
  }

  @Override
  protected LaneState read(DataInputView in, InlinedSchemas schemas) throws IOException {
    int version = in.readUnsignedByte();
    if (version < FIRST_IN_FRAMES || version > VERSION) {
      throw new IOException(
          "a lane of version " + version + "; known are " + FIRST_IN_FRAMES + " to " + VERSION);
    }
    int lane = version <= LAST_IN_FRAMES ? skipFrames(in) : in.readInt();
    if (lane < 0) {
      throw new IOException("lane " + lane);
    }
    return new LaneState(lane);
  }

  /** Gives the first number in the frames. */
  private static int skipFrames(DataInputView in) throws IOException {
    int length = in.readInt();
    if (length < Integer.BYTES) {
      throw new IOException("a frame of " + length + " bytes does not begin with a lane");
    }
    int lane = in.readInt();
    in.skipBytesToRead(length - Integer.BYTES);
    for (length = in.readInt(); length != 0; length = in.readInt()) {
      if (length < 0) {
        throw new IOException("a frame of " + length + " bytes");
      }
      in.skipBytesToRead(length);
    }
    return lane;
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
