package io.tidemark.cli.gateway;

import io.tidemark.testkit.postgres.TestDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Judges what consumers recorded: against the table, and its order. Knows nothing of the engine.
 */
final class Judge {
  private Judge() {}

  /** A row, without its key. */
  record Held(long version, String big) {}

  /** What came of comparing. */
  record Difference(long rows, long missing, long extra, long different) {
    boolean isNone() {
      return missing == 0 && extra == 0 && different == 0;
    }

    @Override
    public String toString() {
      return "rows=%d missing=%d extra=%d different=%d".formatted(rows, missing, extra, different);
    }
  }

  /** The table as it is. */
  static Map<Integer, Held> table(TestDatabase database) throws SQLException {
    Map<Integer, Held> table = new HashMap<>();
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT id, version, md5(big) FROM t")) {
      while (rows.next()) {
        table.put(rows.getInt(1), new Held(rows.getLong(2), rows.getString(3)));
      }
    }
    return table;
  }

  /** A change's place in the stream. */
  private record Place(long lsn, long ordinal) {}

  /**
   * What one holds who did all that, in this order. A move that comes again takes what it took the
   * first time: by then its former key may be another row's.
   */
  static Map<Integer, Held> held(List<RecordedRow> rows) {
    Map<Integer, Held> held = new HashMap<>();
    Map<Place, String> taken = new HashMap<>();
    for (RecordedRow row : rows) {
      if (row.isDelete()) {
        held.remove(row.id());
        continue;
      }
      Held before = held.get(row.oldId());
      if (row.oldId() != row.id()) {
        held.remove(row.oldId());
        if (before == null) {
          // It comes again, and has moved already.
          before = held.get(row.id());
        }
      }
      String big = row.big();
      if (big.equals(RecordedRow.UNCHANGED)) {
        big = before == null ? "unknown" : before.big();
        if (row.oldId() != row.id()) {
          String first = taken.putIfAbsent(new Place(row.lsn(), row.ordinal()), big);
          big = first == null ? big : first;
        }
      }
      held.put(row.id(), new Held(row.version(), big));
    }
    return held;
  }

  static Difference difference(Map<Integer, Held> table, Map<Integer, Held> held) {
    long missing = table.keySet().stream().filter(id -> !held.containsKey(id)).count();
    long extra = held.keySet().stream().filter(id -> !table.containsKey(id)).count();
    long different =
        table.entrySet().stream()
            .filter(
                row -> {
                  Held other = held.get(row.getKey());
                  return other != null && !other.equals(row.getValue());
                })
            .count();
    return new Difference(table.size(), missing, extra, different);
  }

  /** All that was done with one of the keys that differ; empty if none does. */
  static List<RecordedRow> historyOfADifference(Map<Integer, Held> table, List<RecordedRow> rows) {
    Map<Integer, Held> held = held(rows);
    return Stream.concat(table.keySet().stream(), held.keySet().stream())
        .filter(id -> !Objects.equals(table.get(id), held.get(id)))
        .findFirst()
        .map(id -> rows.stream().filter(row -> row.id() == id || row.oldId() == id).toList())
        .orElse(List.of());
  }

  /**
   * How often a key went back, the one that did so most: a change came that is older in the stream
   * than one that was done with before, or a row with an older version.
   */
  static long stepsBackOfAKey(List<RecordedRow> rows) {
    return worst(rows).values().stream().mapToLong(steps -> steps).max().orElse(0);
  }

  /** All that was done with the key that went back most. */
  static List<RecordedRow> historyOfTheWorst(List<RecordedRow> rows) {
    Map<Integer, Long> steps = worst(rows);
    return rows.stream()
        .filter(row -> steps.containsKey(row.id()) || steps.containsKey(row.oldId()))
        .toList();
  }

  /** The key that went back most, and how often; empty without rows. */
  private static Map<Integer, Long> worst(List<RecordedRow> rows) {
    Map<Integer, Seen> keys = new HashMap<>();
    for (RecordedRow row : rows) {
      keys.computeIfAbsent(row.id(), id -> new Seen()).done(row, row.isDelete());
      if (row.oldId() != row.id()) {
        keys.computeIfAbsent(row.oldId(), id -> new Seen()).done(row, true);
      }
    }
    return keys.entrySet().stream()
        .max(Comparator.comparingLong(each -> each.getValue().steps))
        .map(each -> Map.of(each.getKey(), each.getValue().steps))
        .orElse(Map.of());
  }

  /** What was done with a key last. */
  private static final class Seen {
    RecordedRow change;
    long version;
    boolean gone;
    long steps;

    /** Versions that changes of the stream left, by their place. */
    private final NavigableMap<RecordedRow, Long> versions = new TreeMap<>(Judge::place);

    void done(RecordedRow row, boolean goes) {
      boolean back = !row.isRead() && change != null && place(row, change) < 0;
      if (!goes) {
        back |= row.version() < version || (row.isRead() && gone && row.version() == version);
        version = row.version();
      } else if (back) {
        // Goes once more: what comes after it is compared with what was there before.
        Map.Entry<RecordedRow, Long> before = versions.lowerEntry(row);
        version = before == null ? 0 : before.getValue();
      }
      if (!row.isRead()) {
        versions.put(row, version);
        change = row;
      } else if (back) {
        // What the stream brings after it is part of the same step.
        change = null;
      }
      gone = goes;
      if (back) {
        steps++;
      }
    }
  }

  private static int place(RecordedRow row, RecordedRow before) {
    int byLsn = Long.compareUnsigned(row.lsn(), before.lsn());
    return byLsn != 0 ? byLsn : Long.compareUnsigned(row.ordinal(), before.ordinal());
  }

  /** How often the stream as a whole went back, rows of dumps aside. */
  static long stepsBack(List<RecordedRow> rows) {
    RecordedRow last = null;
    long steps = 0;
    for (RecordedRow row : rows) {
      if (row.isRead()) {
        continue;
      }
      if (last != null && place(row, last) < 0) {
        steps++;
      }
      last = row;
    }
    return steps;
  }
}
