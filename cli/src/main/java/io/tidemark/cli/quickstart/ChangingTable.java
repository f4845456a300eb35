package io.tidemark.cli.quickstart;

import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.change.Position;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.change.SchemaChange;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * One table over all changes of its columns, its key and its name. What it holds is always under
 * the newest columns that it was told: with several lanes, rows of a lane that is behind come under
 * former ones, and have in an added column what all rows had that were written before. Safe for use
 * by several threads.
 */
final class ChangingTable {
  private final ReadWriteLock lock = new ReentrantReadWriteLock();

  /** How rows became rows of other columns, each time. */
  private final List<ColumnMapping> steps = new ArrayList<>();

  /** Of former columns, which of the steps was the first from them. */
  private final Map<TableSchema, Integer> former = new HashMap<>();

  private TableSchema schema;
  private HeldTable rows;

  /** Where it was told its columns; null if it was not. */
  private Position told;

  private boolean gone;

  /** A table that is known by a row, or by being told. */
  ChangingTable(TableSchema schema) {
    this.schema = schema;
    this.rows = HeldTable.of(schema);
  }

  /**
   * Does to the table what was done to a row.
   *
   * @param read whether a dump read it
   * @return whether the row's columns had been told
   */
  boolean apply(RowChange change, boolean read) {
    lock.readLock().lock();
    try {
      if (gone) {
        return true; // of a lane that is behind
      }
      TableSchema columns = change.schema();
      byte[] row = image(columns, change.newTuple(), change.position());
      byte[] old = image(columns, change.oldTuple(), change.position());
      if (row == null) {
        rows.remove(old);
      } else {
        rows.put(row, old, read);
      }
      return told != null && (columns.matches(schema) || former.containsKey(columns));
    } finally {
      lock.readLock().unlock();
    }
  }

  /** Under the newest columns; null for null. */
  private byte[] image(TableSchema columns, Tuple tuple, Position position) {
    if (tuple == null) {
      return null;
    }
    byte[] image = RowImage.of(tuple, position);
    if (columns.matches(schema)) {
      return image;
    }
    Integer first = former.get(columns);
    if (first == null) {
      return new ColumnMapping(columns, schema, Map.of()).map(image);
    }
    for (ColumnMapping step : steps.subList(first, steps.size())) {
      image = step.map(image);
    }
    return image;
  }

  /** Takes over what the table is now; nothing if it was told before, by another lane. */
  void change(SchemaChange change) {
    lock.writeLock().lock();
    try {
      if (told != null && change.position().compareTo(told) <= 0) {
        return;
      }
      if (change.isGone() || gone) {
        steps.clear();
        former.clear();
        schema = change.isGone() ? schema : change.after();
        rows = HeldTable.of(schema);
      } else {
        become(change.after(), change.missing());
      }
      gone = change.isGone();
      told = change.position();
    } finally {
      lock.writeLock().unlock();
    }
  }

  private void become(TableSchema next, Map<Integer, String> missing) {
    if (schema.equals(next)) {
      return;
    }
    ColumnMapping step = new ColumnMapping(schema, next, missing);
    HeldTable changed = HeldTable.of(next);
    rows.forEach(row -> changed.put(step.map(row), null, false));
    former.put(schema, steps.size());
    steps.add(step);
    rows = changed;
    schema = next;
  }

  /** Removes the rows whose last change lies before a position. */
  void truncate(Position before) {
    lock.readLock().lock();
    try {
      rows.truncate(before);
    } finally {
      lock.readLock().unlock();
    }
  }

  /** Removes all rows. */
  void clear() {
    lock.readLock().lock();
    try {
      rows.clear();
    } finally {
      lock.readLock().unlock();
    }
  }

  /** Compares a row of the database with the held one, which it removes. */
  HeldTable.Comparison take(Tuple row) {
    return rows.take(RowImage.of(row, new Position(0, 0)));
  }

  /** What the table is now; null if it is gone. */
  TableSchema schema() {
    lock.readLock().lock();
    try {
      return gone ? null : schema;
    } finally {
      lock.readLock().unlock();
    }
  }

  /** How many rows are held. */
  long size() {
    return rows.size();
  }
}
