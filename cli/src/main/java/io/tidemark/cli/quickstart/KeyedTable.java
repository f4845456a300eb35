package io.tidemark.cli.quickstart;

import io.tidemark.postgres.RowKey;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.change.Position;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** Rows by their key; stripes keep lanes out of each other's way. */
final class KeyedTable implements HeldTable {
  private static final int STRIPES = 16;

  private final TableSchema schema;
  private final List<Stripe> stripes =
      IntStream.range(0, STRIPES).mapToObj(i -> new Stripe()).toList();

  KeyedTable(TableSchema schema) {
    this.schema = schema;
  }

  @Override
  public void put(byte[] row, byte[] old, boolean read) {
    RowKey key = RowImage.key(schema, row, old);
    RowKey oldKey = old == null ? key : RowImage.key(schema, old, null);
    if (oldKey.equals(key)) {
      stripe(key).put(key, row);
    } else {
      // With several lanes the old key's own lane may already have given it to another row.
      byte[] moved = stripe(oldKey).removeBefore(oldKey, RowImage.position(row));
      stripe(key).put(key, row, moved);
    }
  }

  @Override
  public void remove(byte[] old) {
    RowKey key = RowImage.key(schema, old, null);
    stripe(key).remove(key);
  }

  @Override
  public void truncate(Position before) {
    stripes.forEach(stripe -> stripe.removeBefore(before));
  }

  @Override
  public void clear() {
    stripes.forEach(Stripe::clear);
  }

  @Override
  public Comparison take(byte[] row) {
    RowKey key = RowImage.key(schema, row, null);
    byte[] held = stripe(key).remove(key);
    if (held == null) {
      return Comparison.MISSING;
    }
    return RowImage.sameValues(held, row) ? Comparison.SAME : Comparison.DIFFERENT;
  }

  @Override
  public void forEach(Consumer<byte[]> rows) {
    stripes.forEach(stripe -> stripe.forEach(rows));
  }

  @Override
  public long size() {
    return stripes.stream().mapToLong(Stripe::size).sum();
  }

  private Stripe stripe(RowKey key) {
    int hash = key.hashCode();
    return stripes.get((hash ^ hash >>> 16) & (STRIPES - 1));
  }

  private static final class Stripe {
    private final Map<RowKey, byte[]> rows = new HashMap<>();

    synchronized void put(RowKey key, byte[] row) {
      rows.put(key, RowImage.completed(row, rows.get(key)));
    }

    synchronized void put(RowKey key, byte[] row, byte[] before) {
      rows.put(key, RowImage.completed(row, before));
    }

    synchronized byte[] remove(RowKey key) {
      return rows.remove(key);
    }

    synchronized byte[] removeBefore(RowKey key, Position position) {
      byte[] image = rows.get(key);
      return image != null && RowImage.isBefore(image, position) ? rows.remove(key) : null;
    }

    synchronized void removeBefore(Position position) {
      rows.values().removeIf(image -> RowImage.isBefore(image, position));
    }

    synchronized void clear() {
      rows.clear();
    }

    synchronized void forEach(Consumer<byte[]> each) {
      rows.values().forEach(each);
    }

    synchronized long size() {
      return rows.size();
    }
  }
}
