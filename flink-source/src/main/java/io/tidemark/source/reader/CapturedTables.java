package io.tidemark.source.reader;

import io.tidemark.postgres.Lsn;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.source.split.StreamTable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The tables that are captured, as the lanes were told, by oid: what is captured is said by names,
 * and a table can get another one. In checkpoints each is a {@link StreamTable} with nothing but
 * its columns.
 */
final class CapturedTables {
  private final Map<Integer, Known> tables = new TreeMap<>();

  /**
   * A table.
   *
   * @param since where in the stream it was told so, unsigned; after a restore, that place
   * @param leaves oids of its partitions, if it comes via its root and has any; else its own; empty
   *     if that is not known
   */
  private record Known(TableSchema schema, long since, Set<Integer> leaves) {}

  /** The table is so from here on. */
  void put(TableSchema schema, long lsn) {
    Known former = tables.get(schema.oid());
    Set<Integer> leaves = former == null ? Set.of() : former.leaves;
    tables.put(schema.oid(), new Known(schema, lsn, leaves));
  }

  /** What a captured table's rows lie in: its partitions, or itself; empty if it is not known. */
  Set<Integer> leaves(int oid) {
    return tables.get(oid).leaves;
  }

  /** A captured table has these partitions from here on, which may be none. */
  void putLeaves(int oid, Collection<Integer> leaves) {
    Known known = tables.get(oid);
    Set<Integer> all = leaves.isEmpty() ? Set.of(oid) : Set.copyOf(leaves);
    tables.put(oid, new Known(known.schema, known.since, all));
  }

  /** The table that comes via its root and has this partition. */
  Optional<TableSchema> withLeaf(int leaf) {
    return tables.values().stream()
        .filter(known -> known.leaves.contains(leaf))
        .map(Known::schema)
        .findAny();
  }

  void remove(int oid) {
    tables.remove(oid);
  }

  /** Null if it is not captured. */
  TableSchema get(int oid) {
    Known known = tables.get(oid);
    return known == null ? null : known.schema;
  }

  Optional<TableSchema> named(TableName name) {
    return all().stream().filter(schema -> schema.name().equals(name)).findAny();
  }

  /** Whether what is known of a captured table is of this place of the stream or before. */
  boolean isKnownAt(int oid, long lsn) {
    return Lsn.compare(tables.get(oid).since, lsn) <= 0;
  }

  Collection<TableSchema> all() {
    return tables.values().stream().map(Known::schema).toList();
  }

  List<StreamTable> state() {
    List<StreamTable> states = new ArrayList<>();
    for (Known known : tables.values()) {
      states.add(StreamTable.captured(known.schema, known.leaves.stream().sorted().toList()));
    }
    return states;
  }

  /** Whether the state says no more than that the table is captured. */
  static boolean isNameOnly(StreamTable state) {
    return state.dump() == 0 && state.keys().isEmpty() && !state.dumpWanted();
  }

  /** As a checkpoint of this place has it. */
  void restore(StreamTable state, long lsn) {
    if (isNameOnly(state) && state.seen() != null) {
      put(state.seen(), lsn);
      if (!state.leaves().isEmpty()) {
        putLeaves(state.seen().oid(), state.leaves());
      }
    }
  }
}
