package io.tidemark.source.simulation;

import io.tidemark.dump.chunk.StandbyHigh;
import io.tidemark.postgres.TableName;
import java.util.OptionalLong;

/**
 * A standby: it has received the WAL up to one LSN and replayed it up to another. A commit becomes
 * visible just before the replay LSN shows it.
 */
final class SimulatedReplica implements DumpSite {
  private final SimulatedPrimary primary;
  private final Choices choices;
  private long received = SimulatedPrimary.startLsn();
  private long replayed = SimulatedPrimary.startLsn();

  /** How many items of the WAL are visible. */
  private int visible;

  SimulatedReplica(SimulatedPrimary primary, Choices choices) {
    this.primary = primary;
    this.choices = choices;
  }

  /** Receives and replays some more. */
  void step() {
    int behind = (int) (primary.endLsn() - received);
    if (behind > 0 && choices.below(3) < 2) {
      received += 1 + choices.below(behind);
    }
    int left = (int) (received - replayed);
    if (left > 0 && choices.below(3) < 2) {
      replayed += 1 + choices.below(left);
    }
    visible = Math.max(visible, primary.itemsUpTo(replayed));
    boolean another =
        visible < primary.size()
            && Long.compareUnsigned(primary.get(visible).endLsn(), received) <= 0;
    if (another && choices.oneIn(4)) {
      visible++;
    }
  }

  /** Receives and replays all there is. */
  void catchUp() {
    received = primary.endLsn();
    replayed = received;
    visible = primary.size();
  }

  @Override
  public long replayLsn() {
    return replayed;
  }

  /** What a tool would take for the replay LSN that asks for what was received. */
  long receivedLsn() {
    return received;
  }

  @Override
  public String snapshotXids() {
    return null;
  }

  @Override
  public SimulatedTable table(TableName name) {
    return primary.tables(visible).get(name);
  }

  @Override
  public Progress progress() {
    return new Progress(replayed, received);
  }

  @Override
  public OptionalLong high(Progress atSnapshot) {
    return StandbyHigh.of(atSnapshot.applied(), atSnapshot.received(), replayed, received);
  }
}
