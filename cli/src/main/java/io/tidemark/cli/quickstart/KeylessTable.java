package io.tidemark.cli.quickstart;

import io.tidemark.postgres.Column;
import io.tidemark.postgres.RowKey;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.change.Position;
import io.tidemark.postgres.row.ChangedRow;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Rows that nothing but their values tells apart. Equal ones that the stream brings are counted;
 * one that a dump reads is an upsert, as with any key.
 */
final class KeylessTable implements HeldTable {
  private final List<String> columns;

  /** The positions at which a row came, one for each of the equal ones. */
  private final Map<RowKey, Deque<Position>> rows = new HashMap<>();

  KeylessTable(TableSchema schema) {
    this.columns = schema.columns().stream().map(Column::name).toList();
  }

  @Override
  public List<String> columns() {
    return columns;
  }

  @Override
  public synchronized void apply(ChangedRow change, Position position, boolean read) {
    if (change.oldTuple() != null) {
      remove(RowImage.wholeRow(change.oldTuple()));
    }
    if (change.newTuple() != null) {
      Deque<Position> equal =
          rows.computeIfAbsent(RowImage.wholeRow(change.newTuple()), key -> new ArrayDeque<>(1));
      // A dump reads rows again that the stream has brought before: the whole row is the key.
      if (!read || equal.isEmpty()) {
        equal.add(position);
      }
    }
  }

  @Override
  public synchronized void truncate(Position before) {
    rows.values().forEach(positions -> positions.removeIf(p -> p.compareTo(before) < 0));
    rows.values().removeIf(Deque::isEmpty);
  }

  @Override
  public synchronized void clear() {
    rows.clear();
  }

  /** A row is there or it is not: a different one counts as missing, and the held one as extra. */
  @Override
  public synchronized Comparison take(Tuple row) {
    return remove(RowImage.wholeRow(row)) ? Comparison.SAME : Comparison.MISSING;
  }

  @Override
  public synchronized long size() {
    return rows.values().stream().mapToLong(Deque::size).sum();
  }

  private boolean remove(RowKey row) {
    Deque<Position> positions = rows.get(row);
    if (positions == null) {
      return false;
    }
    positions.remove();
    if (positions.isEmpty()) {
      rows.remove(row);
    }
    return true;
  }
}
