package io.tidemark.gateway.schedule;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;

/**
 * Heap pages of a table, as pgcapture's clients ask for them.
 *
 * @param schema not quoted
 * @param table not quoted
 * @param begin the first page
 * @param end the last page, which is of the range, too; at most {@link #LAST_PAGE}
 */
public record PageSpan(String schema, String table, long begin, long end) implements DumpRange {
  /** The last page that a table of PostgreSQL can have. */
  public static final long LAST_PAGE = 0xFFFF_FFFEL;

  public PageSpan {
    if (schema.isEmpty() || table.isEmpty()) {
      throw new IllegalArgumentException(
          "a dump of '%s.%s': schema and table must be named".formatted(schema, table));
    }
    if (begin < 0 || end < begin || end > LAST_PAGE) {
      throw new IllegalArgumentException(
          "a dump of %s.%s, pages %d to %d: not a range of pages"
              .formatted(schema, table, begin, end));
    }
  }

  @Override
  public int dumpId() {
    CRC32 crc = new CRC32();
    crc.update(schema.getBytes(StandardCharsets.UTF_8));
    crc.update(table.getBytes(StandardCharsets.UTF_8));
    crc.update(ByteBuffer.allocate(8).putInt((int) begin).putInt((int) end).array());
    return (int) crc.getValue();
  }

  @Override
  public String toString() {
    return "%s.%s, pages %d to %d".formatted(schema, table, begin, end);
  }
}
