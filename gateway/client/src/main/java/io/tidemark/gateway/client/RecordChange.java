package io.tidemark.gateway.client;

import io.tidemark.postgres.change.Op;
import io.tidemark.postgres.change.RowChange;
import java.util.Optional;

/**
 * A change of a row, with the row as a record.
 *
 * @param <T> the record
 */
public final class RecordChange<T extends Record> {
  private final RowChange change;
  private final RecordMapping<T> mapping;
  private T row;

  RecordChange(RowChange change, RecordMapping<T> mapping) {
    this.change = change;
    this.mapping = mapping;
  }

  public Op op() {
    return change.op();
  }

  /** Whether the row is gone, so that there is no new one: ask {@link #change} for its old key. */
  public boolean isDelete() {
    return change.isDelete();
  }

  /**
   * The row after the change.
   *
   * @throws IllegalStateException if it was deleted, or a component that is no {@link Value} is for
   *     a column that was left unchanged and did not come
   * @throws IllegalArgumentException if a column's value is not of its component's type, or null
   *     where that is primitive
   */
  public T row() {
    if (row == null) {
      if (change.isDelete()) {
        throw new IllegalStateException(
            change + " has no new row; ask isDelete first, and change().getOld for the key");
      }
      row = mapping.read(change, false);
    }
    return row;
  }

  /**
   * The row before the change, if all of it came: under REPLICA IDENTITY FULL.
   *
   * @throws IllegalArgumentException as {@link #row}
   */
  public Optional<T> oldRow() {
    return change.oldTuple() == null || !change.oldTupleIsFull()
        ? Optional.empty()
        : Optional.of(mapping.read(change, true));
  }

  /** The change, with all columns by name. */
  public RowChange change() {
    return change;
  }

  /** Its shape and place alone: row data does not belong in logs. */
  @Override
  public String toString() {
    return change.toString();
  }
}
