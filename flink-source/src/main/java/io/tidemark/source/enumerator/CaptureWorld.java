package io.tidemark.source.enumerator;

import io.tidemark.dump.postgres.TableName;
import io.tidemark.source.split.StreamSplit;
import java.util.List;

/** What the enumerator needs of the database. Called on its worker threads; may block. */
interface CaptureWorld {
  /**
   * Checks everything, then creates what is missing and may be created.
   *
   * @throws Exception listing all problems; then nothing was created
   */
  Ready prepare() throws Exception;

  /** The published tables that the capture is of, after a restore. */
  List<TableName> tables() throws Exception;

  /**
   * Works out the physical tables of a published one, and their page ranges. None if it is not
   * published any more.
   *
   * @throws NotNowException if no dump source can tell now
   */
  List<DumpCoordinator.PlannedTable> plan(TableName table) throws Exception;

  /** Drops the slot, at the end of a bounded capture. */
  void dropSlot() throws Exception;

  /** What the primary's WAL looks like now. */
  Wal wal() throws Exception;

  /** It may work later, without anybody's help. */
  final class NotNowException extends Exception {
    private static final long serialVersionUID = 1L;

    NotNowException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /**
   * The primary's WAL.
   *
   * @param end LSN up to which it is written, unsigned
   * @param retainedBytes how much of it the slot makes the primary keep
   */
  record Wal(long end, long retainedBytes) {}

  /**
   * A database that is ready.
   *
   * @param stream where the stream starts
   * @param tables the published tables that the capture is of
   */
  record Ready(StreamSplit stream, List<TableName> tables) {}
}
