package io.tidemark.gateway.schedule;

import io.tidemark.postgres.KeyTexts;
import io.tidemark.postgres.RowSelection;
import io.tidemark.postgres.TableName;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.zip.CRC32;

/**
 * Rows of a table that are to be dumped, and are done together. pgcapture's protocol has no range
 * of keys: only jobs read one.
 */
public record DumpRange(TableName table, RowSelection rows) {
  public DumpRange {
    Objects.requireNonNull(rows, "rows");
    if (table.schema().isEmpty() || table.name().isEmpty()) {
      throw new IllegalArgumentException(
          "a dump of '%s': schema and table must be named".formatted(table));
    }
  }

  /**
   * Rows on pages: see {@link RowSelection.Pages}.
   *
   * @throws IllegalArgumentException if they are none; it names the table
   */
  public static DumpRange ofPages(TableName table, long first, long last) {
    return of(table, () -> new RowSelection.Pages(first, last));
  }

  /**
   * Rows by their keys: see {@link RowSelection.Keys}.
   *
   * @throws IllegalArgumentException if there is no key; it names the table
   */
  public static DumpRange ofKeys(TableName table, KeyTexts keys) {
    return of(table, () -> new RowSelection.Keys(keys));
  }

  private static DumpRange of(TableName table, Supplier<RowSelection> rows) {
    RowSelection selection;
    try {
      selection = rows.get();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("a dump of %s: %s".formatted(table, e.getMessage()), e);
    }
    return new DumpRange(table, selection);
  }

  /**
   * The range's name in checkpoints of its rows: 32 bits, unsigned, and not unique, as different
   * ranges may share one.
   */
  public int dumpId() {
    CRC32 crc = new CRC32();
    crc.update(table.schema().getBytes(StandardCharsets.UTF_8));
    crc.update(table.name().getBytes(StandardCharsets.UTF_8));
    byte[] selected = rows.either(DumpRange::bytes, keys -> StoredKeys.encode(keys.texts()));
    crc.update(selected);
    return (int) crc.getValue();
  }

  private static byte[] bytes(RowSelection.Pages pages) {
    return ByteBuffer.allocate(8).putInt((int) pages.first()).putInt((int) pages.last()).array();
  }

  @Override
  public String toString() {
    return table + ", " + rows;
  }
}
