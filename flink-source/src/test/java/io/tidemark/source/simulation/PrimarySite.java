package io.tidemark.source.simulation;

import io.tidemark.postgres.TableName;
import java.util.OptionalLong;

/** The primary as the source of dumps. */
record PrimarySite(SimulatedPrimary primary) implements DumpSite {
  @Override
  public long replayLsn() {
    return primary.endLsn();
  }

  @Override
  public String snapshotXids() {
    return primary.snapshotXids();
  }

  @Override
  public SimulatedTable table(TableName name) {
    return primary.visible(name);
  }

  @Override
  public Progress progress() {
    return new Progress(primary.endLsn(), primary.endLsn());
  }

  @Override
  public OptionalLong high(Progress atSnapshot) {
    return OptionalLong.of(primary.endLsn());
  }
}
