package io.tidemark.gateway.capture;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.tidemark.gateway.pgcapture.Checkpoint;
import java.nio.ByteBuffer;

/**
 * The checkpoints of messages, and what an acknowledgement that brings one back is for.
 *
 * <p>A change of the stream has its sequence in {@link Checkpoint#getData}, which clients send back
 * as it came, and the run of the publisher that gave it out: after a restart of the job a sequence
 * may be another change's, which a late acknowledgement must not be taken for. A row of a dump has
 * its dump's id, and whether it is the last: rows of one dump cannot be told apart.
 */
public final class CheckpointCodec {
  private static final ByteString LAST_ROW = ByteString.copyFrom(new byte[] {1});

  private CheckpointCodec() {}

  /** What an acknowledgement is for. */
  public sealed interface Target {
    /** A change of the stream, by its sequence in a run of its publisher. */
    record Change(long run, long sequence) implements Target {}

    /** A row of a dump. */
    record DumpedRow(int dumpId, boolean last) implements Target {}
  }

  /**
   * The checkpoint of a change of the stream.
   *
   * @param commitLsn unsigned, not 0
   * @param ordinal in its transaction; beyond 32 bits it is cut off, as the wire has no more
   */
  static Checkpoint ofChange(long commitLsn, long ordinal, long run, long sequence) {
    if (commitLsn == 0) {
      throw new IllegalArgumentException("a change without a commit LSN");
    }
    return Checkpoint.newBuilder()
        .setLsn(commitLsn)
        .setSeq((int) ordinal)
        .setData(
            UnsafeByteOperations.unsafeWrap(
                ByteBuffer.allocate(2 * Long.BYTES).putLong(run).putLong(sequence).array()))
        .build();
  }

  /** The checkpoint of a row of a dump. */
  static Checkpoint ofDumpedRow(int dumpId, boolean last) {
    return Checkpoint.newBuilder()
        .setSeq(dumpId)
        .setData(last ? LAST_ROW : ByteString.EMPTY)
        .build();
  }

  /**
   * What a checkpoint that came back is of.
   *
   * @throws IllegalArgumentException if no message had it
   */
  public static Target target(Checkpoint checkpoint) {
    ByteString data = checkpoint.getData();
    if (checkpoint.getLsn() != 0 && data.size() == 2 * Long.BYTES) {
      ByteBuffer buffer = data.asReadOnlyByteBuffer();
      return new Target.Change(buffer.getLong(), buffer.getLong());
    }
    if (checkpoint.getLsn() == 0 && (data.isEmpty() || data.equals(LAST_ROW))) {
      return new Target.DumpedRow(checkpoint.getSeq(), !data.isEmpty());
    }
    throw new IllegalArgumentException(
        "no message has the checkpoint lsn %s, seq %s, with %d bytes of data"
            .formatted(
                Long.toUnsignedString(checkpoint.getLsn()),
                Integer.toUnsignedString(checkpoint.getSeq()),
                data.size()));
  }
}
