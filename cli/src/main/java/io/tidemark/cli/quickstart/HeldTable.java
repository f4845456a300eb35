package io.tidemark.cli.quickstart;

import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.change.Position;
import java.util.function.Consumer;

/**
 * The rows of one table under certain columns, as {@linkplain RowImage images}. Safe for use by
 * several threads.
 */
sealed interface HeldTable permits KeyedTable, KeylessTable {
  /** How a row of the database stands beside what is held. */
  enum Comparison {
    SAME,
    DIFFERENT,
    MISSING
  }

  static HeldTable of(TableSchema schema) {
    return schema.hasKey() ? new KeyedTable(schema) : new KeylessTable();
  }

  /**
   * A row is there.
   *
   * @param old its former key or row; null if the key was kept, or the row is new
   * @param read whether a dump read it
   */
  void put(byte[] row, byte[] old, boolean read);

  /** A row is gone. */
  void remove(byte[] old);

  /** Removes the rows whose last change lies before a position. */
  void truncate(Position before);

  /** Removes all rows. */
  void clear();

  /** Compares a row of the database with the held one, which it removes: it is accounted for. */
  Comparison take(byte[] row);

  /** Hands over each row that is held. */
  void forEach(Consumer<byte[]> rows);

  /** How many rows are held. */
  long size();
}
