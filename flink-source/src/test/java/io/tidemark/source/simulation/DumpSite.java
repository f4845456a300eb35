package io.tidemark.source.simulation;

import io.tidemark.postgres.TableName;
import java.util.OptionalLong;

/** A server that dumps are read from. LSNs are unsigned. */
public interface DumpSite {
  /**
   * How far a server is.
   *
   * @param applied replayed; on a primary written
   * @param received beyond that; on a primary the same
   */
  record Progress(long applied, long received) {}

  /** What the server says it has replayed. */
  long replayLsn();

  /** What the primary says a snapshot does not see; null on a standby. */
  String snapshotXids();

  /** The table as a snapshot sees it now. */
  SimulatedTable table(TableName name);

  Progress progress();

  /**
   * The high of a chunk whose snapshot was taken then, and that ends now; empty if none is known.
   */
  OptionalLong high(Progress atSnapshot);
}
