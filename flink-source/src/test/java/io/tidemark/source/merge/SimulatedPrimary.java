package io.tidemark.source.merge;

import io.tidemark.dump.postgres.TableSchema;
import io.tidemark.dump.postgres.TableSchema.ReplicaIdentity;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A primary with one table: its transactions, and the table as it was after each of them. A value
 * that begins with T is TOAST, and so not sent by updates that leave it as it was.
 */
final class SimulatedPrimary {
  static final TableSchema SCHEMA =
      TestTable.schema("sim", ReplicaIdentity.DEFAULT, "id", "a", "x", "y");
  static final int PAGES = 3;

  /** So that the LSNs of a run cross the sign bit. */
  private static final long BASE = Long.MAX_VALUE - 150;

  private static final int KEYS = 7;

  /** Of rows that are seldom written to, so that nothing makes up for losing them. */
  private static final int COLD_KEYS = 6;

  /** A row's version, and the page that it lies on. */
  record Row(String a, String x, String y, int page) {}

  enum Kind {
    INSERT,
    UPDATE,
    MOVE,
    DELETE,
    TRUNCATE
  }

  /**
   * A change.
   *
   * @param key the row's key; of a move the old one
   * @param newKey of a move the new one, else the key
   */
  record RowEvent(Kind kind, String key, String newKey, Row old, Row row) {
    /** The new image as the stream sends it. */
    String[] image() {
      return new String[] {newKey, row.a, sent(row.x, x(old)), sent(row.y, y(old))};
    }

    boolean isPartial() {
      return row != null
          && (!sent(row.x, x(old)).equals(row.x) || !sent(row.y, y(old)).equals(row.y));
    }

    private static String x(Row row) {
      return row == null ? "" : row.x;
    }

    private static String y(Row row) {
      return row == null ? "" : row.y;
    }

    private static String sent(String now, String before) {
      return now.startsWith("T") && now.equals(before) ? TestTable.UNCHANGED : now;
    }
  }

  private final Random random;
  private final List<List<RowEvent>> transactions = new ArrayList<>();
  private final List<SortedMap<String, Row>> history = new ArrayList<>();
  private int values;

  SimulatedPrimary(Random random) {
    this.random = random;
    SortedMap<String, Row> table = new TreeMap<>();
    for (int i = 0; i < KEYS; i++) {
      if (random.nextInt(3) > 0) {
        table.put("k" + i, new Row(small(), large(), large(), random.nextInt(PAGES)));
      }
    }
    for (int i = 0; i < COLD_KEYS; i++) {
      table.put("c" + i, new Row(small(), large(), large(), i % PAGES));
    }
    history.add(table);
  }

  /** How many transactions have committed. */
  int size() {
    return transactions.size();
  }

  /** The changes of the transaction with this number, from 1. */
  List<RowEvent> transaction(int number) {
    return transactions.get(number - 1);
  }

  /** The table after so many transactions. */
  SortedMap<String, Row> table(int number) {
    return history.get(number);
  }

  /** The end LSN of a transaction. */
  static long endLsn(int number) {
    return BASE + 10L * number;
  }

  static long commitLsn(int number) {
    return endLsn(number) - 1;
  }

  /** How many transactions end at this LSN or before. */
  static int numberAt(long lsn) {
    return (int) ((lsn - BASE) / 10);
  }

  /** Runs a transaction of a few changes. */
  void commit() {
    SortedMap<String, Row> table = new TreeMap<>(history.get(size()));
    List<RowEvent> events = new ArrayList<>();
    for (int left = 1 + random.nextInt(3); left > 0; left--) {
      events.add(change(table));
    }
    transactions.add(events);
    history.add(table);
  }

  private RowEvent change(SortedMap<String, Row> table) {
    String key =
        random.nextInt(25) == 0 ? "c" + random.nextInt(COLD_KEYS) : "k" + random.nextInt(KEYS);
    Row old = table.get(key);
    if (random.nextInt(120) == 0) {
      table.clear();
      return new RowEvent(Kind.TRUNCATE, null, null, null, null);
    } else if (old == null) {
      Row row = new Row(small(), large(), large(), random.nextInt(PAGES));
      table.put(key, row);
      return new RowEvent(Kind.INSERT, key, key, null, row);
    } else if (random.nextInt(5) == 0) {
      table.remove(key);
      return new RowEvent(Kind.DELETE, key, key, old, null);
    }
    String newKey = "k" + random.nextInt(KEYS);
    boolean move = random.nextInt(3) == 0 && !table.containsKey(newKey);
    Row row = update(old);
    table.remove(key);
    table.put(move ? newKey : key, row);
    return new RowEvent(move ? Kind.MOVE : Kind.UPDATE, key, move ? newKey : key, old, row);
  }

  private Row update(Row old) {
    return new Row(
        random.nextBoolean() ? small() : old.a,
        random.nextInt(4) == 0 ? large() : old.x,
        random.nextInt(4) == 0 ? large() : old.y,
        random.nextInt(PAGES));
  }

  private String small() {
    return "s" + values++;
  }

  private String large() {
    return (random.nextInt(4) == 0 ? "s" : "T") + values++;
  }
}
