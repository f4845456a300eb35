package io.tidemark.source.reader;

import io.tidemark.postgres.Lsn;
import io.tidemark.postgres.stream.StreamPosition;

/** How far the stream was emitted: between two transactions, or behind a change within one. */
final class EmittedPosition {
  /** Where the stream goes on: see {@link StreamPosition}. */
  private long restartLsn;

  private boolean inTransaction;
  private long openCommitLsn;
  private long openOrdinal;
  private long openChangeLsn;

  EmittedPosition(StreamPosition from) {
    restartLsn = from.lsn();
    inTransaction = from.isCut();
    openCommitLsn = from.commitLsn();
    openOrdinal = from.ordinal();
    openChangeLsn = from.changeLsn();
  }

  /** A transaction begins, which commits at this LSN. */
  void begun(long commitLsn) {
    inTransaction = true;
    openCommitLsn = commitLsn;
    openOrdinal = 0;
    openChangeLsn = 0;
  }

  /** A change of the open transaction is emitted: its number, from 1, and its own LSN. */
  void changed(long ordinal, long lsn) {
    openOrdinal = ordinal;
    openChangeLsn = lsn;
  }

  /** The open transaction ends here. */
  void committed(long endLsn) {
    restartLsn = endLsn;
    inTransaction = false;
    openCommitLsn = 0;
    openOrdinal = 0;
    openChangeLsn = 0;
  }

  /** A restore from this LSN misses nothing. */
  void reached(long lsn) {
    restartLsn = Lsn.max(restartLsn, lsn);
  }

  /** The LSN up to which all was emitted. */
  long lsn() {
    return restartLsn;
  }

  boolean inTransaction() {
    return inTransaction;
  }

  /** The LSN at which the open transaction commits; 0 if none is open. */
  long openCommitLsn() {
    return openCommitLsn;
  }

  /** The LSN from which on all that comes will be told: behind the open transaction, if one is. */
  long nextLsn() {
    return inTransaction ? openCommitLsn + 1 : restartLsn;
  }

  /** What a checkpoint holds. */
  StreamPosition state() {
    return openOrdinal == 0
        ? StreamPosition.at(restartLsn)
        : new StreamPosition(restartLsn, openCommitLsn, openOrdinal, openChangeLsn);
  }
}
