package io.tidemark.dump.chunk;

import io.tidemark.postgres.connection.Endpoint;
import java.io.Serializable;
import java.util.Objects;

/**
 * A server that dumps are read from.
 *
 * @param endpoint where it is
 * @param kind what it is to the primary
 */
public record DumpSource(Endpoint endpoint, Kind kind) implements Serializable {
  /** How a snapshot there relates to the stream. */
  public enum Kind {
    /** A physical standby: its replay LSN says what a snapshot sees. */
    STANDBY,
    /** The primary itself: the snapshot's own transaction ids say it. */
    PRIMARY
  }

  public DumpSource {
    Objects.requireNonNull(endpoint, "endpoint");
    Objects.requireNonNull(kind, "kind");
  }

  @Override
  public String toString() {
    return (kind == Kind.STANDBY ? "standby " : "primary ") + endpoint;
  }
}
