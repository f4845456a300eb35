package io.tidemark.postgres.setup;

import java.util.List;

/**
 * A publication as the catalog has it.
 *
 * @param changesRows whether it publishes updates or deletes, which need a replica identity
 * @param insertsRows whether it publishes inserts
 * @param viaRoot whether partitions are published as their root
 * @param tables the tables whose rows it publishes, roots or leaves
 */
public record Publication(
    String name,
    boolean insertsRows,
    boolean changesRows,
    boolean viaRoot,
    List<PublishedTable> tables) {
  public Publication {
    tables = List.copyOf(tables);
  }
}
