package io.tidemark.source.reader;

import io.tidemark.postgres.Lsn;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Where in the stream statements have changed or dropped tables that are not captured, or not yet,
 * or the partitions of one of which they are not known: what was planned of one before that is not
 * what it is.
 */
final class UncapturedTables {
  private static final int MAX_TABLES = 1_000;

  /** By oid, an LSN, unsigned; the one that was changed last at the end. */
  private final Map<Integer, Long> changes = new LinkedHashMap<>();

  /** All that is not in {@link #changes} may have been changed up to here. */
  private long since;

  /**
   * No table was changed yet.
   *
   * @param start where in the stream it begins to know
   */
  UncapturedTables(long start) {
    this.since = start;
  }

  /**
   * A statement has changed or dropped a table, or it is captured no more.
   *
   * @param lsn up to where a server has replayed WAL that has it so
   */
  void changed(int oid, long lsn) {
    changes.remove(oid);
    changes.put(oid, lsn);
    if (changes.size() > MAX_TABLES) {
      Iterator<Long> oldest = changes.values().iterator();
      since = Lsn.max(since, oldest.next());
      oldest.remove();
    }
  }

  /** Whether a table may have been changed after a server had replayed all up to this LSN. */
  boolean isChangedSince(int oid, long lsn) {
    return Lsn.compare(lsn, changes.getOrDefault(oid, since)) < 0;
  }
}
