package io.tidemark.source.merge;

import io.tidemark.dump.postgres.Tuple;
import io.tidemark.source.change.Change;
import io.tidemark.source.change.Op;
import io.tidemark.source.change.RowChange;
import io.tidemark.source.merge.SimulatedPrimary.Row;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a consumer of one lane holds, and the checker of what it gets. It knows the primary's
 * history and nothing of the merge.
 */
final class SimulatedConsumer {
  private static final String MISSING = "(missing)";
  private static final List<String> NOTHING = List.of(MISSING, MISSING, MISSING);

  private final SimulatedPrimary primary;
  private final TreeMap<String, List<String>> rows;
  private int lastTransaction;
  private int lastRead;

  SimulatedConsumer(SimulatedPrimary primary) {
    this.primary = primary;
    this.rows = new TreeMap<>();
  }

  private SimulatedConsumer(SimulatedConsumer other) {
    this.primary = other.primary;
    this.rows = new TreeMap<>(other.rows);
    this.lastTransaction = other.lastTransaction;
    this.lastRead = other.lastRead;
  }

  SimulatedConsumer copy() {
    return new SimulatedConsumer(this);
  }

  SortedMap<String, List<String>> rows() {
    return rows;
  }

  static List<String> values(Row row) {
    return List.of(row.a(), row.x(), row.y());
  }

  void accept(Change change) {
    if (change instanceof RowChange row && row.op() == Op.READ) {
      read(row);
      return;
    }
    int transaction = SimulatedPrimary.numberAt(change.position().commitLsn() + 1);
    check(transaction >= lastTransaction, "the stream went backwards", change);
    check(transaction > lastRead, "a READ overtook the stream", change);
    lastTransaction = transaction;
    if (change instanceof RowChange row) {
      apply(row);
    } else {
      rows.clear();
    }
  }

  private void read(RowChange read) {
    int now = SimulatedPrimary.numberAt(read.commitLsn());
    check(now >= lastTransaction, "a READ is older than the stream", read);
    lastRead = Math.max(lastRead, now);
    List<String> image = TestTable.values(read.newTuple());
    Row row = primary.table(now).get(image.get(0));
    check(row != null, "a READ brings back a deleted row: " + image, read);
    check(
        values(row).equals(image.subList(1, 4)), "a READ of " + image + ", there is " + row, read);
    rows.put(image.get(0), values(row));
  }

  private void apply(RowChange change) {
    String oldKey = change.oldTuple() == null ? null : key(change.oldTuple());
    if (change.op() == Op.DELETE) {
      rows.remove(oldKey);
      return;
    }
    String key = key(change.newTuple());
    List<String> base = change.op() == Op.INSERT ? NOTHING : rows.getOrDefault(key, NOTHING);
    if (oldKey != null && !oldKey.equals(key)) {
      List<String> moved = rows.remove(oldKey);
      base = moved == null ? NOTHING : moved;
    }
    List<String> image = TestTable.values(change.newTuple());
    List<String> merged = new java.util.ArrayList<>();
    for (int i = 0; i < 3; i++) {
      String value = image.get(i + 1);
      merged.add(TestTable.isUnchanged(value) ? base.get(i) : value);
    }
    rows.put(key, merged);
  }

  private static String key(Tuple tuple) {
    return TestTable.values(tuple).get(0);
  }

  private static void check(boolean holds, String otherwise, Change change) {
    if (!holds) {
      throw new AssertionError(otherwise + ", at " + change.position());
    }
  }
}
