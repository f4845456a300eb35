package io.tidemark.dump.chunk;

import io.tidemark.dump.plan.PageRange;
import io.tidemark.postgres.RowKey;
import io.tidemark.postgres.catalog.PhysicalTable;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;

/**
 * A chunk to be read.
 *
 * @param table the table as planned
 * @param rows which of its rows
 * @param markLsn the LSN, unsigned, of the chunk's mark. The session's last {@link
 *     ChunkSession#replayLsn()} was at least that
 * @param visibility asked on {@link DumpSource.Kind#PRIMARY} alone
 * @param maxBytes bytes of tuples beyond which reading is given up as {@link DumpFailure#TOO_LARGE}
 */
public record ChunkRequest(
    PhysicalTable table, Selection rows, long markLsn, VisibilityCheck visibility, long maxBytes) {
  /** A chunk of any size. */
  public ChunkRequest(
      PhysicalTable table, Selection rows, long markLsn, VisibilityCheck visibility) {
    this(table, rows, markLsn, visibility, Long.MAX_VALUE);
  }

  public ChunkRequest {
    Objects.requireNonNull(table, "table");
    Objects.requireNonNull(rows, "rows");
    Objects.requireNonNull(visibility, "visibility");
  }

  /**
   * Which rows, as planned: a {@link io.tidemark.postgres.RowSelection} is what was asked for, of
   * which a chunk reads a part, with its keys in their binary form.
   */
  public sealed interface Selection {
    /** What is made of it, by what it is of. */
    <R> R either(Function<Pages, R> ofPages, Function<Keys, R> ofKeys);

    /** Whether it is of keys. */
    default boolean hasKeys() {
      return either(pages -> false, keys -> true);
    }
  }

  /** The rows in these pages. */
  public record Pages(PageRange range) implements Selection {
    public Pages {
      Objects.requireNonNull(range, "range");
    }

    @Override
    public <R> R either(Function<Pages, R> ofPages, Function<Keys, R> ofKeys) {
      return ofPages.apply(this);
    }

    @Override
    public String toString() {
      return "pages " + range;
    }
  }

  /**
   * The rows that have one of these keys, as {@link io.tidemark.postgres.KeyExtractor} makes them
   * for the table's schema. All that PostgreSQL's {@code =} calls equal are read, which for citext
   * and collations that are not deterministic is more than the very same bytes.
   */
  public record Keys(List<RowKey> keys) implements Selection {
    public Keys {
      keys = List.copyOf(keys);
      if (keys.isEmpty()) {
        throw new IllegalArgumentException("a chunk of no keys");
      }
    }

    @Override
    public <R> R either(Function<Pages, R> ofPages, Function<Keys, R> ofKeys) {
      return ofKeys.apply(this);
    }

    @Override
    public String toString() {
      return keys.size() + " keys";
    }
  }
}
