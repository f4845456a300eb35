package io.tidemark.source.run;

import io.tidemark.postgres.KeyExtractor;
import io.tidemark.postgres.RowKey;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.change.Begin;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.Commit;
import io.tidemark.postgres.change.Ddl;
import io.tidemark.postgres.change.DumpEnd;
import io.tidemark.postgres.change.LogicalMessage;
import io.tidemark.postgres.change.Op;
import io.tidemark.postgres.change.Position;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.change.SchemaChange;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Judges the order of what was captured, whatever happened meanwhile: nothing repeated, nothing
 * lost within a transaction, no key going backwards.
 */
public final class StreamOrder {
  private record Key(TableName table, RowKey row) {}

  private final Map<Key, RowChange> newest = new HashMap<>();
  private final Map<TableSchema, KeyExtractor> extractors = new HashMap<>();
  private Begin open;
  private Position last = new Position(0, 0);
  private boolean afterStatement;

  /** Whether the publication has tables that are not captured, the changes of which count. */
  private final boolean hasOthers;

  private StreamOrder(boolean hasOthers) {
    this.hasOthers = hasOthers;
  }

  /**
   * Checks changes in the order in which they were recorded, of one lane or of several.
   *
   * @throws AssertionError at the first that is at a wrong place
   */
  public static void check(List<Change> changes) {
    check(changes, false);
  }

  /**
   * As {@link #check(List)}.
   *
   * @param hasOthers whether the publication has tables that are not captured, so that there are
   *     gaps in what is told of a transaction
   */
  public static void check(List<Change> changes, boolean hasOthers) {
    StreamOrder order = new StreamOrder(hasOthers);
    boolean transactions = changes.stream().anyMatch(change -> change instanceof Begin);
    for (Change change : changes) {
      if (transactions) {
        order.inTransaction(change);
      }
      if (change instanceof RowChange row) {
        order.ofKey(row);
      }
    }
  }

  /** One lane: transactions follow each other, whole, with their changes numbered from 1. */
  private void inTransaction(Change change) {
    if (change instanceof Begin begin) {
      require(open == null && begin.position().compareTo(last) > 0, change);
      open = begin;
      last = begin.position();
      afterStatement = false;
    } else if (change instanceof DumpEnd
        || (change instanceof RowChange row && row.op() == Op.READ)) {
      require(open == null && change.position().compareTo(last) >= 0, change);
    } else if (change instanceof LogicalMessage message && !message.transactional()) {
      require(open == null, change);
    } else if (change instanceof SchemaChange) {
      boolean between = open == null && change.position().ordinal() == 0;
      boolean atStatement = open != null && change.position().equals(last);
      boolean atRow = open != null && isNext(change.position());
      require(between || atStatement || atRow, change);
    } else {
      require(open != null && isNext(change.position()), change);
      last = change.position();
      afterStatement = change instanceof Ddl;
      open = change instanceof Commit ? null : open;
    }
  }

  /** An empty message behind most statements counts, and is not emitted. */
  private boolean isNext(Position position) {
    long after = position.ordinal() - last.ordinal();
    return position.commitLsn() == last.commitLsn()
        && (after == 1 || (afterStatement && after == 2) || (hasOthers && after > 0));
  }

  private void ofKey(RowChange row) {
    KeyExtractor keys = extractors.computeIfAbsent(row.schema(), KeyExtractor::new);
    if (row.oldTuple() != null) {
      ofKey(row, keys.key(row.oldTuple()));
    }
    if (row.newTuple() != null) {
      ofKey(row, keys.key(row.newTuple(), row.oldTuple()));
    }
  }

  private void ofKey(RowChange row, RowKey key) {
    RowChange former = newest.put(new Key(row.schema().name(), key), row);
    if (former != null && former != row) {
      int order = former.position().compareTo(row.position());
      // A row that moves between pages can be read twice under a mark.
      boolean read = former.op() == Op.READ && row.op() == Op.READ;
      require(order < 0 || (order == 0 && read), row);
    }
  }

  private void require(boolean holds, Change change) {
    if (!holds) {
      throw new AssertionError(
          "%s %s came after %s, with %s open"
              .formatted(change.getClass().getSimpleName(), change.position(), last, open));
    }
  }
}
