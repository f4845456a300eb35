package io.tidemark.postgres;

import java.util.Objects;
import java.util.function.Function;

/**
 * Which rows of a table are asked for: those on some of its heap pages, in each of its partitions,
 * or those that have one of some keys, wherever they lie by the time of reading.
 */
public sealed interface RowSelection {
  /** What is made of it, by what it is of. */
  <R> R either(Function<Pages, R> ofPages, Function<Keys, R> ofKeys);

  /** Whether it is of keys. */
  default boolean hasKeys() {
    return either(pages -> false, keys -> true);
  }

  /**
   * Rows on pages.
   *
   * @param first from 0
   * @param last it belongs to them. A table may have fewer pages; from {@value #LAST_PAGE} on it is
   *     all that it has by the time of reading
   */
  record Pages(long first, long last) implements RowSelection {
    /** The last page that a table of PostgreSQL can have. */
    public static final long LAST_PAGE = 0xFFFF_FFFEL;

    /** What PostgreSQL takes for no page; others say so for the last one. */
    private static final long NO_PAGE = 0xFFFF_FFFFL;

    public Pages {
      if (first < 0 || last < first || last > NO_PAGE) {
        throw new IllegalArgumentException(
            "pages %d to %d: not a range of 0 to %d".formatted(first, last, NO_PAGE));
      }
    }

    /** Whether all pages from the first one on are meant. */
    public boolean isToTheEnd() {
      return last >= LAST_PAGE;
    }

    /** All pages from this one on. */
    public static Pages from(long first) {
      return new Pages(first, LAST_PAGE);
    }

    @Override
    public <R> R either(Function<Pages, R> ofPages, Function<Keys, R> ofKeys) {
      return ofPages.apply(this);
    }

    @Override
    public String toString() {
      return isToTheEnd()
          ? "pages %d to the last".formatted(first)
          : "pages %d to %d".formatted(first, last);
    }
  }

  /**
   * Rows by their keys.
   *
   * @param texts at least one. Each text is read as PostgreSQL reads a literal of its column's
   *     type; times without a zone are UTC. The table need not have a row of each
   */
  record Keys(KeyTexts texts) implements RowSelection {
    public Keys {
      Objects.requireNonNull(texts, "texts");
      if (texts.isEmpty()) {
        throw new IllegalArgumentException("no key is named");
      }
    }

    @Override
    public <R> R either(Function<Pages, R> ofPages, Function<Keys, R> ofKeys) {
      return ofKeys.apply(this);
    }

    /** The number of keys alone: row data does not belong in logs. */
    @Override
    public String toString() {
      return texts.toString();
    }
  }
}
