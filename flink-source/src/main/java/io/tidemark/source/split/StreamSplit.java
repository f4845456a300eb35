package io.tidemark.source.split;

import io.tidemark.postgres.stream.StreamPosition;
import java.util.List;
import java.util.Objects;

/**
 * The replication stream, as of what was emitted.
 *
 * @param position where it goes on
 * @param systemId the primary's system identifier: a restore elsewhere is refused
 * @param timeline the primary's timeline: likewise
 * @param publicationOid of the publication that it was begun with: likewise
 * @param markCounter counter of the newest mark; 0 before the first
 * @param tables tables under dump, tables with keys to repair, and all that are captured, by name
 * @param unseenXids where dumps are read from the primary; else none
 * @param checkpoint the one that holds it; 0 if none does, or if nothing was emitted then: the
 *     tables are those that are known to be captured where it starts, and nobody was told of them
 */
public record StreamSplit(
    StreamPosition position,
    long systemId,
    int timeline,
    int publicationOid,
    long markCounter,
    List<StreamTable> tables,
    UnseenXids unseenXids,
    long checkpoint)
    implements CaptureSplit {
  /** The one id: a capture has one stream. */
  public static final String ID = "stream";

  public StreamSplit {
    Objects.requireNonNull(position, "position");
    Objects.requireNonNull(unseenXids, "unseenXids");
    tables = List.copyOf(tables);
  }

  @Override
  public String splitId() {
    return ID;
  }
}
