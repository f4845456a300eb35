package io.tidemark.source.enumerator;

import io.tidemark.postgres.KeyTexts;
import io.tidemark.postgres.TableName;
import io.tidemark.source.event.EnumeratorEvent.PublishedTable;
import io.tidemark.source.event.EnumeratorEvent.Span;
import io.tidemark.source.split.StreamSplit;
import java.util.List;
import java.util.Map;

/** What the enumerator needs of the database. Called on its worker threads; may block. */
interface CaptureWorld {
  /**
   * Checks everything, then creates what is missing and may be created.
   *
   * @throws Exception listing all problems; then nothing was created
   */
  Ready prepare() throws Exception;

  /** The published tables that the capture is of, as they are now. */
  Look look() throws Exception;

  /** Whether the capture is of this table, if it is published. Does not block. */
  boolean captures(TableName table);

  /** Logs what is wrong now, after a restore: such as wanted tables that are not published. */
  void inspect();

  /**
   * Works out the physical tables of published ones, their page ranges, and what is meant by keys.
   *
   * @param keys of each table the keys that are to be read, by request
   */
  Map<TableName, Plan> plan(Map<TableName, Map<Long, KeyTexts>> keys) throws Exception;

  /** Drops the slot, at the end of a bounded capture. */
  void dropSlot() throws Exception;

  /** What the primary's WAL looks like now. */
  Wal wal() throws Exception;

  /**
   * A table's plan.
   *
   * @param tables none if it is not published any more, has no partitions, or cannot be told now
   * @param at where they are so
   * @param keys by request; those of all requests if there are tables
   * @param notNow why no dump source can tell now, though one may later; else null
   */
  record Plan(List<PlannedTable> tables, Span at, Map<Long, PlannedKeys> keys, String notNow) {
    /** Nothing to be read: the table is not published, or has no partitions. */
    static final Plan NONE = new Plan(List.of(), Span.UNKNOWN, Map.of(), null);

    /** None can be told now. */
    static Plan notNow(String why) {
      return new Plan(List.of(), Span.UNKNOWN, Map.of(), why);
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
   * A look at the publication.
   *
   * @param before the end of the WAL before it, an LSN, unsigned
   * @param after the end of the WAL after it
   */
  record Look(List<PublishedTable> tables, long before, long after) {
    /** The names that rows carry. */
    List<TableName> names() {
      return tables.stream().map(PublishedTable::name).toList();
    }
  }

  /**
   * A database that is ready.
   *
   * @param stream where the stream starts
   * @param tables the published tables that the capture is of
   */
  record Ready(StreamSplit stream, List<TableName> tables) {}
}
