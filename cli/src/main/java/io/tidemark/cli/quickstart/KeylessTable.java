package io.tidemark.cli.quickstart;

import io.tidemark.postgres.RowKey;
import io.tidemark.postgres.change.Position;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Rows that nothing but their values tells apart. Equal ones that the stream brings are counted;
 * one that a dump reads is an upsert, as with any key.
 */
final class KeylessTable implements HeldTable {
  /** The images of a row, one for each of the equal ones, which differ in their positions. */
  private final Map<RowKey, Deque<byte[]>> rows = new HashMap<>();

  @Override
  public synchronized void put(byte[] row, byte[] old, boolean read) {
    if (old != null) {
      remove(old);
    }
    Deque<byte[]> equal = rows.computeIfAbsent(RowImage.wholeRow(row), key -> new ArrayDeque<>(1));
    // A dump reads rows again that the stream has brought before: the whole row is the key.
    if (!read || equal.isEmpty()) {
      equal.add(row);
    }
  }

  @Override
  public synchronized void remove(byte[] old) {
    removeOne(old);
  }

  @Override
  public synchronized void truncate(Position before) {
    rows.values().forEach(images -> images.removeIf(image -> RowImage.isBefore(image, before)));
    rows.values().removeIf(Deque::isEmpty);
  }

  @Override
  public synchronized void clear() {
    rows.clear();
  }

  /** A row is there or it is not: a different one counts as missing, and the held one as extra. */
  @Override
  public synchronized Comparison take(byte[] row) {
    return removeOne(row) ? Comparison.SAME : Comparison.MISSING;
  }

  @Override
  public synchronized void forEach(Consumer<byte[]> each) {
    rows.values().forEach(images -> images.forEach(each));
  }

  @Override
  public synchronized long size() {
    return rows.values().stream().mapToLong(Deque::size).sum();
  }

  private boolean removeOne(byte[] row) {
    Deque<byte[]> images = rows.get(RowImage.wholeRow(row));
    if (images == null) {
      return false;
    }
    images.remove();
    if (images.isEmpty()) {
      rows.remove(RowImage.wholeRow(row));
    }
    return true;
  }
}
