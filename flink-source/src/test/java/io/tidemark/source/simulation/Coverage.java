package io.tidemark.source.simulation;

import java.util.EnumMap;
import java.util.Map;

/** What happened in a run, so that nobody believes in runs in which nothing did. */
public final class Coverage {
  /** Something that the protocol has a rule for. */
  public enum Case {
    REGIONAL_RESTORES,
    GLOBAL_RESTORES,
    RESCALES,
    RESTARTS_WITHOUT_CHECKPOINT,
    CUT_TRANSACTIONS,
    ABORTED_CHECKPOINTS,
    LOST_EVENTS,
    READS,
    DROPPED_ROWS,
    COMPLETED_ROWS,
    OPAQUE_IMAGES,
    FAILED_CHUNKS,
    VOIDED_CHUNKS,
    STALE_PLANS,
    REPAIRED_ROWS,
    TRUNCATES,
    REWRITES,
    COLUMN_CHANGES,
    KEY_CHANGES,
    INVISIBLE_COMMITS,
    REQUESTS_READ,
    REQUESTS_REFUSED,
    REQUESTS_CLOSED,
    REQUESTS_DROPPED,
    REQUESTS_RESTORED,
    READ_REQUESTS_RESTORED,
    REQUESTS_ASKED_AGAIN,
    REQUESTED_ROWS,
    REQUESTED_KEYS_READ,
    REQUESTED_ROWS_BY_KEY,
    PAUSES,
    DUMP_ENDS,
    STATEMENTS,
    FORGED_STATEMENTS,
    COLUMNS_ADDED,
    COLUMNS_DROPPED,
    COLUMNS_RENAMED,
    COLUMNS_RETYPED,
    COLUMNS_SWAPPED,
    VALUES_REWRITTEN,
    TABLES_CREATED,
    TABLES_DROPPED,
    TABLES_RENAMED,
    TABLES_PUBLISHED,
    TABLES_UNPUBLISHED,
    SCHEMAS_RENAMED,
    TABLES_TOLD,
    TABLES_TOLD_GONE,
    TABLES_TOLD_CHANGED;

    /** Whether schedules with DDL have it. */
    boolean isOfDdl() {
      return !name().startsWith("REQUEST")
          && !name().startsWith("READ_REQUEST")
          && this != INVISIBLE_COMMITS
          && this != PAUSES
          && this != COLUMN_CHANGES;
    }

    /** Whether schedules without DDL have it. */
    boolean isOfOthers() {
      return this != TABLES_TOLD_GONE && (compareTo(STATEMENTS) < 0 || compareTo(TABLES_TOLD) >= 0);
    }
  }

  private final Map<Case, Long> counts = new EnumMap<>(Case.class);

  /** Counts one. */
  public void hit(Case what) {
    hit(what, 1);
  }

  /** Counts some. */
  public void hit(Case what, long times) {
    if (times > 0) {
      counts.merge(what, times, Long::sum);
    }
  }

  void add(Coverage other) {
    other.counts.forEach(this::hit);
  }

  long count(Case what) {
    return counts.getOrDefault(what, 0L);
  }

  @Override
  public String toString() {
    return counts.toString();
  }
}
