package io.tidemark.postgres.change;

import io.tidemark.postgres.Lsn;

/**
 * A place in the total order of the stream.
 *
 * @param commitLsn start of the commit record of the transaction, unsigned; for a non-transactional
 *     message its own LSN
 * @param ordinal 1 for the first change of the transaction; 0 for its begin, for a
 *     non-transactional message and for rows of a dump
 */
public record Position(long commitLsn, long ordinal) implements Comparable<Position> {
  public Position {
    if (ordinal < 0) {
      throw new IllegalArgumentException("ordinal " + ordinal + " at " + Lsn.format(commitLsn));
    }
  }

  @Override
  public int compareTo(Position other) {
    int byLsn = Lsn.compare(commitLsn, other.commitLsn);
    return byLsn != 0 ? byLsn : Long.compare(ordinal, other.ordinal);
  }

  @Override
  public String toString() {
    return Lsn.format(commitLsn) + "#" + ordinal;
  }
}
