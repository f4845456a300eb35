package io.tidemark.cli.quickstart;

import io.tidemark.cli.local.LocalMetrics;
import io.tidemark.postgres.Lsn;
import java.util.Map;

/** The engine's metrics that the quickstart shows, by the names that it registers them under. */
final class Figures {
  private Figures() {}

  /** Pages of each table that dumps have read. */
  static Map<String, Long> pagesRead() {
    return LocalMetrics.sums("dumpPagesRead", "table");
  }

  /** Pages of each table that its dump has to read. */
  static Map<String, Long> pagesTotal() {
    return LocalMetrics.maxima("dumpPagesPlanned", "table");
  }

  /** Dumps that are not over, repairs included. */
  static long openDumps() {
    return LocalMetrics.sum("dumpsOpen");
  }

  /** The LSN up to which the stream was emitted. */
  static Lsn streamPosition() {
    return new Lsn(LocalMetrics.max("streamPosition"));
  }

  /** Rows that will be read again by their key. */
  static long keysToRepair() {
    return LocalMetrics.sum("keysToRepair");
  }

  static long chunks() {
    return LocalMetrics.sum("dumpChunksRead");
  }

  /** Rows of chunks that the merge dropped, because the stream had brought newer ones. */
  static long dropped() {
    return LocalMetrics.sum("dumpRowsDropped");
  }

  /** Partial rows of the stream that the merge completed from a chunk. */
  static long completed() {
    return LocalMetrics.sum("dumpRowsCompleted");
  }

  /** Rows that were read again by their key. */
  static long repairs() {
    return LocalMetrics.sum("dumpRowsRepaired");
  }
}
