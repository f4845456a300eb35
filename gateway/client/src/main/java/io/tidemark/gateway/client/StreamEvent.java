package io.tidemark.gateway.client;

import io.tidemark.postgres.Lsn;
import io.tidemark.postgres.TableSchema;
import java.time.Instant;
import java.util.Optional;

/** What a stream consists of, in its order. */
public sealed interface StreamEvent
    permits Change,
        StreamEvent.Begin,
        StreamEvent.Commit,
        StreamEvent.Truncate,
        StreamEvent.LogicalMessage,
        StreamEvent.Skipped {
  /** Start of the transaction's commit record; of a row that a dump read: of where it belongs. */
  Lsn commitLsn();

  /** A transaction begins: its changes follow, then its {@link Commit}. */
  record Begin(Lsn commitLsn, Instant commitTime, long xid) implements StreamEvent {}

  /**
   * A transaction ends.
   *
   * @param ordinal that of its last change, plus 1
   * @param endLsn end of the commit record
   */
  record Commit(Lsn commitLsn, long ordinal, Lsn endLsn, Instant commitTime)
      implements StreamEvent {}

  /**
   * A table was emptied; one of these for each that the statement named or cascaded to.
   *
   * @param schema the table
   * @param ordinal of the change within its transaction, from 1
   * @param cascade whether CASCADE was given
   * @param restartIdentity whether RESTART IDENTITY was given
   */
  record Truncate(
      TableSchema schema,
      Lsn commitLsn,
      long ordinal,
      Instant commitTime,
      long xid,
      boolean cascade,
      boolean restartIdentity)
      implements StreamEvent {
    /** Schema and name: {@code public.orders}. */
    public String table() {
      return schema.name().toString();
    }
  }

  /**
   * What {@code pg_logical_emit_message} wrote.
   *
   * @param ordinal of the message within its transaction; 0 if it is of none
   * @param commitTime empty if it is of no transaction
   * @param content what was given, shared: not to be written to
   */
  @SuppressWarnings("ArrayRecordComponent") // compared by nobody; a copy would be a waste
  record LogicalMessage(
      Lsn commitLsn,
      long ordinal,
      Optional<Instant> commitTime,
      boolean transactional,
      String prefix,
      byte[] content)
      implements StreamEvent {
    /** Its shape alone: data does not belong in logs. */
    @Override
    public String toString() {
      return "message of " + content.length + " bytes at " + commitLsn + "#" + ordinal;
    }
  }

  /**
   * In place of an event that is larger than the consumer takes, where the server is configured to
   * skip such.
   *
   * @param table schema and name of the table that it is of; empty if it is of none
   * @param bytes that it takes
   */
  record Skipped(Lsn commitLsn, long ordinal, String table, long bytes) implements StreamEvent {}
}
