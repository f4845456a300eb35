package io.tidemark.source.enumerator;

import io.tidemark.postgres.RowKey;
import java.util.List;

/**
 * What is meant by a request of keys.
 *
 * @param keys in the form of the table as planned; none if they are not keys of it
 * @param problem why they are not, naming the table and no value; else null
 */
record PlannedKeys(List<RowKey> keys, String problem) {}
