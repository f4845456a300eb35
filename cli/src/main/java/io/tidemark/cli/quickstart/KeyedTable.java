package io.tidemark.cli.quickstart;

import io.tidemark.postgres.Column;
import io.tidemark.postgres.RowKey;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.change.Position;
import io.tidemark.postgres.row.ChangedRow;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
  public List<String> columns() {
    return schema.columns().stream().map(Column::name).toList();
  }

  @Override
  public void apply(ChangedRow change, Position position, boolean read) {
    Tuple row = change.newTuple();
    Tuple old = change.oldTuple();
    if (row == null) {
      RowKey key = RowImage.key(schema, old, null);
      stripe(key).remove(key);
      return;
    }
    RowKey key = RowImage.key(schema, row, old);
    RowKey oldKey = old == null ? key : RowImage.key(schema, old, null);
    if (oldKey.equals(key)) {
      stripe(key).put(key, row, position);
    } else {
      // With several lanes the old key's own lane may already have given it to another row.
      byte[] moved = stripe(oldKey).removeBefore(oldKey, position);
      stripe(key).put(key, row, position, moved);
    }
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
  public Comparison take(Tuple row) {
    RowKey key = RowImage.key(schema, row, null);
    byte[] held = stripe(key).remove(key);
    if (held == null) {
      return Comparison.MISSING;
    }
    byte[] actual = RowImage.of(row, new Position(0, 0), null);
    return RowImage.sameValues(held, actual) ? Comparison.SAME : Comparison.DIFFERENT;
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

    synchronized void put(RowKey key, Tuple row, Position position) {
      rows.put(key, RowImage.of(row, position, rows.get(key)));
    }

    synchronized void put(RowKey key, Tuple row, Position position, byte[] before) {
      rows.put(key, RowImage.of(row, position, before));
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

    synchronized long size() {
      return rows.size();
    }
  }
}
