package io.tidemark.postgres.stream;

import io.tidemark.postgres.Lsn;

/**
 * Where the stream goes on. LSNs are unsigned.
 *
 * @param lsn the server is asked to start here: the end LSN of the last transaction that was
 *     emitted whole, a heartbeat's LSN, or the LSN after a non-transactional message's. 0 is
 *     wherever the slot is
 * @param commitLsn of a transaction of which only the first {@code ordinal} changes were emitted; 0
 *     if none was cut. One whose begin alone was emitted is not cut
 * @param ordinal of the last change emitted of the cut transaction, else 0
 * @param changeLsn the LSN of that change itself, else 0
 */
public record StreamPosition(long lsn, long commitLsn, long ordinal, long changeLsn) {
  public StreamPosition {
    boolean cut = commitLsn != 0;
    if (cut != ordinal > 0 || ordinal < 0 || cut != (changeLsn != 0)) {
      throw new IllegalArgumentException(
          "position with commit LSN %s, ordinal %d and change LSN %s: all three or none are 0"
              .formatted(Lsn.format(commitLsn), ordinal, Lsn.format(changeLsn)));
    }
    if (cut && Lsn.compare(commitLsn, lsn) < 0) {
      throw new IllegalArgumentException(
          "position after %s, with a transaction cut that committed at %s before it"
              .formatted(Lsn.format(lsn), Lsn.format(commitLsn)));
    }
  }

  /** Between two transactions. */
  public static StreamPosition at(long lsn) {
    return new StreamPosition(lsn, 0, 0, 0);
  }

  /** Whether a transaction was cut. */
  public boolean isCut() {
    return ordinal > 0;
  }

  @Override
  public String toString() {
    return isCut()
        ? "%s, after change %d (%s) of the transaction that commits at %s"
            .formatted(Lsn.format(lsn), ordinal, Lsn.format(changeLsn), Lsn.format(commitLsn))
        : Lsn.format(lsn);
  }
}
