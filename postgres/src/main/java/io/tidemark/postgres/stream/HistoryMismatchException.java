package io.tidemark.postgres.stream;

import io.tidemark.postgres.Lsn;

/**
 * The stream does not go on where the checkpoint says it was cut. Going on could lose or repeat
 * changes, so nothing is guessed.
 */
public final class HistoryMismatchException extends RuntimeException {
  private static final long serialVersionUID = 1;

  HistoryMismatchException(StreamPosition position, String found) {
    super(
        ("the slot's history does not match the checkpoint: it stopped after change %d, at LSN %s,"
                + " of the transaction that commits at %s, but %s. The slot or the publication was"
                + " made anew, or the server was restored from a backup: start without this"
                + " checkpoint and dump the tables again")
            .formatted(
                position.ordinal(),
                Lsn.format(position.changeLsn()),
                Lsn.format(position.commitLsn()),
                found));
  }
}
