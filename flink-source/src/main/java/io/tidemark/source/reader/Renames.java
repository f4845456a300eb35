package io.tidemark.source.reader;

import io.tidemark.postgres.Lsn;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.setup.RefusedException;
import io.tidemark.source.split.StreamTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The tables that are captured, by oid. A publication follows a table under a new name, but what is
 * captured is said by names: a renamed table would go on without anybody noticing that its changes
 * are lost. In checkpoints it is a {@link StreamTable} with nothing but the columns last seen.
 */
final class Renames {
  private final Map<Integer, TableSchema> tables = new TreeMap<>();

  /** The table is captured, or is about to be dumped. */
  void captured(TableSchema schema) {
    tables.put(schema.oid(), schema);
  }

  /**
   * Sees a change of a table, under columns or a name other than the change before had.
   *
   * @param isCaptured whether the name is wanted
   * @param lsn of the change
   * @throws RefusedException if it was captured under another name and would not be any more
   */
  void check(TableSchema schema, boolean isCaptured, long lsn) {
    TableSchema before = tables.get(schema.oid());
    if (isCaptured) {
      captured(schema);
    } else if (before != null) {
      TableName now = schema.name();
      throw new RefusedException(
          ("table %s was renamed to %s, which is not captured: its changes from LSN %s on would be"
                  + " lost. Add '%s' to the tables, so that they go on under that name, or start"
                  + " without the checkpoint and dump again")
              .formatted(before.name(), now, Lsn.format(lsn), now));
    }
  }

  List<StreamTable> state() {
    List<StreamTable> states = new ArrayList<>();
    for (TableSchema schema : tables.values()) {
      states.add(new StreamTable(schema.name(), 0, -1, 0, false, null, schema, List.of()));
    }
    return states;
  }

  /** Whether the state says no more than that the table is captured. */
  static boolean isNameOnly(StreamTable state) {
    return state.dump() == 0 && state.keys().isEmpty();
  }

  void restore(StreamTable state) {
    if (isNameOnly(state) && state.seen() != null) {
      captured(state.seen());
    }
  }
}
