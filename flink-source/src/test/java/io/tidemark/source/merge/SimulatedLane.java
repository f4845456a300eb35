package io.tidemark.source.merge;

import io.tidemark.source.record.Bytes;
import java.io.IOException;

/** A lane's state as the bytes of a checkpoint, for the simulation. */
public final class SimulatedLane {
  private SimulatedLane() {}

  /** The state's bytes. */
  public static byte[] snapshot(LaneMerge lane) {
    try {
      return Bytes.of(new LaneStateSerializer(), lane.snapshot());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** A lane made of them. */
  public static LaneMerge restore(byte[] state, ChangeSink sink, MergeCounts counts) {
    try {
      return LaneMerge.restore(Bytes.read(new LaneStateSerializer(), state), sink, counts);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
