package io.tidemark.dump.chunk;

import java.util.OptionalLong;

/** The rule for a chunk's high on a standby, for the simulation. */
public final class StandbyHigh {
  private StandbyHigh() {}

  /** What {@link HighLsn#onStandby} says of these LSNs. */
  public static OptionalLong of(
      long appliedAtSnapshot, long receivedAtSnapshot, long appliedAtEnd, long receivedAtEnd) {
    return HighLsn.onStandby(
        state(appliedAtSnapshot, receivedAtSnapshot), state(appliedAtEnd, receivedAtEnd));
  }

  private static ServerState state(long applied, long received) {
    return new ServerState(true, 1, 1, applied, received, 1, 1);
  }
}
