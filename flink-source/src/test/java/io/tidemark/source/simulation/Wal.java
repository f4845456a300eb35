package io.tidemark.source.simulation;

import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.source.simulation.SimulatedTable.Row;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What the primary writes and its stream sends, in the order of the commits. LSNs are unsigned. */
public sealed interface Wal {
  /** Its place in {@link SimulatedPrimary}, from 0. */
  int index();

  /** Start of its commit record; of a message its own LSN. The stream sends what starts later. */
  long lsn();

  /** The LSN after it. */
  long endLsn();

  /**
   * A transaction.
   *
   * @param tables those that it changed, as they were after it
   */
  record Transaction(
      int index,
      long lsn,
      long endLsn,
      int xid,
      List<Event> events,
      Map<TableName, SimulatedTable> tables)
      implements Wal {}

  /** A message outside of any transaction. */
  record Message(int index, long lsn, long endLsn) implements Wal {}

  /** What a transaction publishes. Its ordinal is its place among the events, from 1. */
  sealed interface Event {
    /** Of the event itself, which may be before the commit of an earlier transaction. */
    long lsn();
  }

  /** How the publication tells of a row. */
  enum Kind {
    INSERT,
    UPDATE,
    DELETE
  }

  /**
   * A row.
   *
   * @param key the new row's key; of a DELETE the old one's
   * @param oldKey the old row's key; null of an INSERT
   * @param old the old row; null of an INSERT
   * @param now the new row; null of a DELETE
   * @param unchanged ids of columns whose TOAST values are left out of the new row
   */
  record RowEvent(
      long lsn,
      Kind kind,
      TableSchema schema,
      String key,
      String oldKey,
      Row old,
      Row now,
      Set<String> unchanged)
      implements Event {
    boolean isMove() {
      return kind == Kind.UPDATE && !key.equals(oldKey);
    }
  }

  /** A table was emptied. */
  record TruncateEvent(long lsn, TableSchema schema) implements Event {}

  /**
   * A DDL statement is told of.
   *
   * @param body the members of its description but for the transaction's
   * @param genuine whether it is signed, in this transaction
   */
  record DdlEvent(long lsn, String body, boolean genuine) implements Event {}

  /** The empty message behind one of a DDL statement. */
  record PadEvent(long lsn) implements Event {}

  /** A message within the transaction. */
  record MessageEvent(long lsn) implements Event {}
}
