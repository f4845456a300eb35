package io.tidemark.source.reader;

import io.tidemark.postgres.change.Position;

/**
 * A place in the stream, of a change or between two transactions.
 *
 * @param commitTime of the transaction; 0 between two
 * @param xid of the transaction; 0 between two
 */
record StreamPlace(Position position, long commitTime, int xid) {
  static StreamPlace between(long lsn) {
    return new StreamPlace(new Position(lsn, 0), 0, 0);
  }

  /** The LSN up to which a server has replayed all that was done before this. */
  long replayedAt() {
    return position.ordinal() == 0 ? position.commitLsn() : position.commitLsn() + 1;
  }
}
