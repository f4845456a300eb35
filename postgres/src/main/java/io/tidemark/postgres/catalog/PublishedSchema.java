package io.tidemark.postgres.catalog;

import io.tidemark.postgres.TableSchema;
import java.util.List;

/**
 * A table that a publication publishes.
 *
 * @param schema as its rows are published
 * @param leaves oids of its partitions, if it is published via its root and has any; else its own
 */
public record PublishedSchema(TableSchema schema, List<Integer> leaves) {
  public PublishedSchema {
    leaves = List.copyOf(leaves);
  }
}
