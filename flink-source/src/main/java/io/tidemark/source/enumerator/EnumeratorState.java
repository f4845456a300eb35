package io.tidemark.source.enumerator;

import io.tidemark.source.split.StreamSplit;
import java.util.Objects;

/**
 * What a checkpoint holds of the enumerator.
 *
 * @param unassigned the stream split while no reader has it; null otherwise
 * @param prepared whether slot and publication were set up
 * @param systemId the primary's system identifier
 * @param timeline the primary's timeline
 * @param dumps the dumps
 * @param checkpoint the one that holds it
 */
public record EnumeratorState(
    StreamSplit unassigned,
    boolean prepared,
    long systemId,
    int timeline,
    DumpCoordinator.State dumps,
    long checkpoint) {
  public EnumeratorState {
    Objects.requireNonNull(dumps, "dumps");
  }
}
