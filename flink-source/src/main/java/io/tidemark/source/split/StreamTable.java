package io.tidemark.source.split;

import io.tidemark.postgres.RowKey;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import java.util.List;
import java.util.Objects;

/**
 * What the stream reader knows of a table under dump or repair; or, with {@code dump} 0 and no
 * keys, only that a table with these columns is captured.
 *
 * @param table its published name
 * @param dump the dump it is armed for; 0 if it is not armed and only has keys to repair
 * @param armCounter counter of the mark that followed the arm
 * @param round the newest repair round that its keys were asked for
 * @param lastRounds whether all page chunks were evaluated, so that only keys reached from a key
 *     under repair are added
 * @param dumpWanted whether all its rows have to be read, by a dump that the enumerator may not
 *     have heard of when the checkpoint was taken
 * @param planned its columns as the dump was planned with; null if it is not armed
 * @param seen the columns of its newest change; null if none was seen, or if the keys are of
 *     another key than the table has by now
 * @param keys the keys whose newest image was partial
 * @param leaves of a captured table, oids of its partitions as last told, if it comes via its root
 *     and has any; else its own; empty if that is not known
 */
public record StreamTable(
    TableName table,
    long dump,
    long armCounter,
    int round,
    boolean lastRounds,
    boolean dumpWanted,
    TableSchema planned,
    TableSchema seen,
    List<PartialKey> keys,
    List<Integer> leaves) {
  public StreamTable {
    Objects.requireNonNull(table, "table");
    keys = List.copyOf(keys);
    leaves = List.copyOf(leaves);
  }

  /** A table of which no more is known than that it is captured. */
  public static StreamTable captured(TableSchema schema, List<Integer> leaves) {
    return new StreamTable(schema.name(), 0, -1, 0, false, false, null, schema, List.of(), leaves);
  }

  /**
   * A key whose row must be read again.
   *
   * @param key the key
   * @param round the repair round that took it; 0 if none has yet
   */
  public record PartialKey(RowKey key, int round) {}
}
