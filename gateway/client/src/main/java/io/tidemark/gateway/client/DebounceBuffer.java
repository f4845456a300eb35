package io.tidemark.gateway.client;

import io.tidemark.postgres.KeyExtractor;
import io.tidemark.postgres.RowKey;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.TupleCompletion;
import io.tidemark.postgres.change.RowChange;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/**
 * Keeps the newest change of each row, with what the earlier ones knew, until it is due. {@link
 * Debounce} says by which rules.
 */
final class DebounceBuffer {
  private final long delayNanos;

  /** In the order in which they are due: a change that is merged into another keeps its place. */
  private final Map<RowId, Held> held = new LinkedHashMap<>();

  private final Map<TableName, Keys> keys = new HashMap<>();

  private record RowId(TableName table, RowKey key) {}

  private record Keys(TableSchema schema, KeyExtractor extractor) {}

  /** What is kept of a row. */
  private static final class Held {
    private final long due;
    private final List<CompletableFuture<Void>> parts = new ArrayList<>();
    private RowChange change;

    Held(long due) {
      this.due = due;
    }
  }

  /**
   * A change to hand on.
   *
   * @param parts to complete when it is dealt with: one for each change that it is made of
   */
  record Merged(RowChange change, List<CompletableFuture<Void>> parts) {
    /** The handler is through, by this failure or null. */
    void complete(Throwable failure) {
      for (CompletableFuture<Void> part : parts) {
        if (failure == null) {
          part.complete(null);
        } else {
          part.completeExceptionally(failure);
        }
      }
    }
  }

  DebounceBuffer(long delayNanos) {
    this.delayNanos = delayNanos;
  }

  /**
   * Takes a change.
   *
   * @param dealtWith completes when it is
   * @return what is to be handed on before anything that is offered later
   */
  List<Merged> offer(RowChange change, CompletableFuture<Void> dealtWith, long now) {
    TableSchema schema = change.schema();
    List<Merged> out = new ArrayList<>();
    if (!schema.hasKey()) {
      out.add(new Merged(change, List.of(dealtWith)));
      return out;
    }
    KeyExtractor extractor = extractor(schema, out);
    Tuple oldTuple = change.oldTuple();
    RowKey key =
        change.isDelete() ? extractor.key(oldTuple) : extractor.key(change.newTuple(), oldTuple);
    RowId row = new RowId(schema.name(), key);
    if (change.isUpdate() && oldTuple != null) {
      RowId oldRow = new RowId(schema.name(), extractor.key(oldTuple));
      if (!oldRow.equals(row)) {
        move(change, oldRow, row, dealtWith, out);
        return out;
      }
    }
    Held kept = held.get(row);
    if (kept == null) {
      kept = new Held(now + delayNanos);
      kept.change = change;
      held.put(row, kept);
    } else {
      kept.change = merge(kept.change, change);
    }
    kept.parts.add(dealtWith);
    return out;
  }

  /** What is due by now, to be handed on in this order. */
  List<Merged> due(long now) {
    List<Merged> out = new ArrayList<>();
    Iterator<Held> all = held.values().iterator();
    while (all.hasNext()) {
      Held next = all.next();
      if (next.due > now) {
        break;
      }
      all.remove();
      out.add(new Merged(next.change, next.parts));
    }
    return out;
  }

  /** When something will be due; empty if nothing is kept. */
  OptionalLong nextDue() {
    return held.isEmpty()
        ? OptionalLong.empty()
        : OptionalLong.of(held.values().iterator().next().due);
  }

  /** Keys of a table whose columns changed may not be comparable: what is kept of it goes first. */
  private KeyExtractor extractor(TableSchema schema, List<Merged> out) {
    Keys known = keys.get(schema.name());
    if (known != null && known.schema().equals(schema)) {
      return known.extractor();
    }
    held.entrySet()
        .removeIf(
            entry -> {
              boolean same = entry.getKey().table().equals(schema.name());
              if (same) {
                out.add(new Merged(entry.getValue().change, entry.getValue().parts));
              }
              return same;
            });
    Keys made = new Keys(schema, new KeyExtractor(schema));
    keys.put(schema.name(), made);
    return made.extractor();
  }

  /**
   * Hands on what is kept under both keys, and the move at once: kept, it could come after a later
   * row of the old key, or before an earlier one of the new key.
   */
  private void move(
      RowChange change,
      RowId oldRow,
      RowId newRow,
      CompletableFuture<Void> dealtWith,
      List<Merged> out) {
    Held earlier = held.remove(oldRow);
    Held inTheWay = held.remove(newRow);
    RowChange filled = change;
    if (earlier != null) {
      out.add(new Merged(earlier.change, earlier.parts));
      if (!earlier.change.isDelete()) {
        filled = completed(change, earlier.change);
      }
    }
    if (inTheWay != null) {
      out.add(new Merged(inTheWay.change, inTheWay.parts));
    }
    out.add(new Merged(filled, List.of(dealtWith)));
  }

  private static RowChange merge(RowChange earlier, RowChange newer) {
    RowChange merged = newer;
    if (newer.isUpdate() && !earlier.isDelete()) {
      merged = completed(newer, earlier).since(earlier);
    }
    return merged.endingDumpOf(earlier);
  }

  /** An update with what it left unchanged, as far as the row's change before knows that. */
  private static RowChange completed(RowChange update, RowChange earlier) {
    return update.withRow(
        TupleCompletion.complete(update.schema(), update.newTuple(), earlier.newTuple()));
  }
}
