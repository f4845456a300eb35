package io.tidemark.gateway.client;

import static io.tidemark.gateway.client.Rows.UNCHANGED;
import static io.tidemark.gateway.client.Rows.row;
import static io.tidemark.gateway.client.Rows.tuple;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.gateway.client.DebounceBuffer.Merged;
import io.tidemark.gateway.wire.Row;
import io.tidemark.postgres.change.RowChange;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/**
 * A database with large values writes at random; its changes go through a buffer to a store that
 * knows no more than it is told, and keeps what it is told was left unchanged.
 */
class DebounceModelTest {
  private static final long DELAY = 10;
  private static final int KEYS = 4;

  private final Map<Integer, String> database = new TreeMap<>();
  private final Map<Integer, String> store = new TreeMap<>();
  private final DebounceBuffer buffer = new DebounceBuffer(DELAY);
  private final Map<CompletableFuture<Void>, Long> offered = new HashMap<>();
  private long now;
  private long lsn;
  private int merges;

  @Test
  void nothingIsLostByMerging() {
    long seed = System.nanoTime();
    int all = 0;
    for (long i = 0; i < 500; i++) {
      try {
        DebounceModelTest run = new DebounceModelTest();
        run.run(new Random(seed + i));
        all += run.merges;
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("seed " + (seed + i), e);
      }
    }
    assertThat(all).as("changes that were merged").isGreaterThan(2_500);
  }

  private void run(Random random) {
    for (int step = 0; step < 100; step++) {
      RowChange change = write(random);
      if (change != null) {
        CompletableFuture<Void> part = new CompletableFuture<>();
        offered.put(part, now);
        handOn(buffer.offer(change, part, now));
      }
      now += random.nextInt(4);
      handOn(buffer.due(now));
      if (!offered.entrySet().stream()
          .allMatch(one -> one.getKey().isDone() || now < one.getValue() + DELAY)) {
        throw new AssertionError("a change was not handed on in time, at " + now);
      }
    }
    handOn(buffer.due(now + DELAY));
    assertThat(store).isEqualTo(database);
    assertThat(offered.keySet()).allMatch(CompletableFuture::isDone);
  }

  private RowChange write(Random random) {
    int id = random.nextInt(KEYS);
    String note = database.get(id);
    String fresh = "v" + ++lsn;
    if (note == null) {
      database.put(id, fresh);
      return change(random.nextInt(4) == 0 ? Row.Op.READ : Row.Op.INSERT, tuple(id, fresh), null);
    }
    switch (random.nextInt(6)) {
      case 0:
        database.remove(id);
        return change(Row.Op.DELETE, null, tuple(id, null));
      case 1:
        int other = random.nextInt(KEYS);
        if (database.containsKey(other)) {
          return null;
        }
        boolean kept = random.nextBoolean();
        database.remove(id);
        database.put(other, kept ? note : fresh);
        return change(Row.Op.UPDATE, tuple(other, kept ? UNCHANGED : fresh), tuple(id, null));
      case 2, 3:
        return change(Row.Op.UPDATE, tuple(id, UNCHANGED), null);
      default:
        database.put(id, fresh);
        return change(Row.Op.UPDATE, tuple(id, fresh), null);
    }
  }

  private RowChange change(
      Row.Op op, com.google.protobuf.ByteString newRow, com.google.protobuf.ByteString oldRow) {
    return Rows.change(row(op, lsn, newRow, oldRow));
  }

  private void handOn(List<Merged> changes) {
    List<CompletableFuture<Void>> early = new ArrayList<>();
    for (Merged merged : changes) {
      apply(merged.change());
      early.addAll(merged.parts());
      merges += merged.parts().size() - 1;
      assertThat(merged.parts()).noneMatch(CompletableFuture::isDone);
      merged.complete(null);
    }
    assertThat(early).doesNotHaveDuplicates();
  }

  /** A store that takes updates of rows it has alone, and of an unchanged value has its own. */
  private void apply(RowChange change) {
    switch (change.op()) {
      case DELETE -> store.remove((Integer) change.getOld("id"));
      case READ, INSERT -> store.put(change.getInt("id"), change.getString("note"));
      case UPDATE -> {
        String note = store.remove((Integer) change.getOld("id"));
        assertThat(note).as("row of %s", change).isNotNull();
        store.put(
            change.getInt("id"), change.isUnchanged("note") ? note : change.getString("note"));
      }
    }
  }
}
