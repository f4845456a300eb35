package io.tidemark.source.shape;

import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.change.Op;
import io.tidemark.postgres.change.RowChange;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;
import java.util.function.IntFunction;

/**
 * A consumer of one table, in which nothing is null, that knows nothing of types: to it two keys,
 * or rows where there is no key, are the same if their bytes are.
 */
final class BytesConsumer {
  private final Set<String> rows = new HashSet<>();

  /**
   * Applies a change.
   *
   * @throws AssertionError if it lacks a part of its key, or has a null where nothing was sent
   */
  void apply(RowChange change) {
    TableSchema schema = change.schema();
    Tuple now = change.newTuple();
    Tuple old = change.oldTuple();
    for (int i = 0; i < schema.columns().size(); i++) {
      String column = schema.columns().get(i).name();
      require(now == null || !now.isNull(i), change, "a null in " + column);
      require(
          old == null || !change.hasOld(column) || !old.isNull(i), change, "old null " + column);
    }
    if (change.op() == Op.DELETE) {
      // A dump may not have read it yet.
      rows.remove(key(change, i -> old));
      return;
    }
    if (old != null) {
      rows.remove(key(change, i -> old));
    }
    rows.add(key(change, i -> now.isUnchanged(i) && old != null ? old : now));
  }

  /** By the tuple that has each column. */
  private static String key(RowChange change, IntFunction<Tuple> tuples) {
    TableSchema schema = change.schema();
    StringBuilder key = new StringBuilder();
    for (int i = 0; i < schema.columns().size(); i++) {
      if (!schema.hasKey() || schema.isKey(i)) {
        byte[] value = tuples.apply(i).value(i);
        require(value != null, change, "no " + schema.columns().get(i).name() + " in the key");
        key.append(HexFormat.of().formatHex(value)).append('|');
      }
    }
    return key.toString();
  }

  private static void require(boolean holds, RowChange change, String otherwise) {
    if (!holds) {
      throw new AssertionError(change + ": " + otherwise);
    }
  }

  int size() {
    return rows.size();
  }
}
