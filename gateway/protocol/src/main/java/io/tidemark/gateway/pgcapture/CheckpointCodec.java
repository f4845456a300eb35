package io.tidemark.gateway.pgcapture;

import com.google.protobuf.ByteString;
import io.tidemark.gateway.event.WireBuffer;
import io.tidemark.gateway.wire.pgcapture.Checkpoint;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/**
 * The checkpoints of messages, and what an acknowledgement that brings one back is for.
 *
 * <p>A change of the stream has its sequence in {@link Checkpoint#getData}, which clients send back
 * as it came, and the run of the publisher that gave it out: after a restart of the job a sequence
 * may be another change's, which a late acknowledgement must not be taken for. A row of a dump has
 * its dump's id, and whether it is the last: rows of one dump cannot be told apart.
 */
public final class CheckpointCodec {
  private static final byte[] LAST_ROW = {1};

  private CheckpointCodec() {}

  /** What an acknowledgement is for. */
  public sealed interface Target {
    /** Does what is to be done with it, by what it is of. */
    void either(Consumer<Change> ofChange, Consumer<DumpedRow> ofDumpedRow);

    /** A change of the stream, by its sequence in a run of its publisher. */
    record Change(long run, long sequence) implements Target {
      @Override
      public void either(Consumer<Change> ofChange, Consumer<DumpedRow> ofDumpedRow) {
        ofChange.accept(this);
      }
    }

    /** A row of a dump. */
    record DumpedRow(int dumpId, boolean last) implements Target {
      @Override
      public void either(Consumer<Change> ofChange, Consumer<DumpedRow> ofDumpedRow) {
        ofDumpedRow.accept(this);
      }
    }
  }

  /**
   * Puts the checkpoint of a change of the stream.
   *
   * @param commitLsn unsigned, not 0
   * @param ordinal in its transaction; beyond 32 bits it is cut off, as the wire has no more
   */
  static void putChange(long commitLsn, long ordinal, long run, long sequence, WireBuffer to) {
    if (commitLsn == 0) {
      throw new IllegalArgumentException("a change without a commit LSN");
    }
    int before = to.size();
    to.putLong(sequence);
    to.putLong(run);
    to.putHeader(Checkpoint.DATA_FIELD_NUMBER, before);
    to.putNumber(Checkpoint.SEQ_FIELD_NUMBER, Integer.toUnsignedLong((int) ordinal));
    to.putNumber(Checkpoint.LSN_FIELD_NUMBER, commitLsn);
  }

  /** Puts the checkpoint of a row of a dump. */
  static void putDumpedRow(int dumpId, boolean last, WireBuffer to) {
    if (last) {
      int before = to.size();
      to.put(LAST_ROW);
      to.putHeader(Checkpoint.DATA_FIELD_NUMBER, before);
    }
    to.putNumber(Checkpoint.SEQ_FIELD_NUMBER, Integer.toUnsignedLong(dumpId));
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
    if (checkpoint.getLsn() == 0
        && (data.isEmpty() || data.equals(ByteString.copyFrom(LAST_ROW)))) {
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
