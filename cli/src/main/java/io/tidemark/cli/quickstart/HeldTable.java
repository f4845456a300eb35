package io.tidemark.cli.quickstart;

import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.change.Position;
import io.tidemark.postgres.row.ChangedRow;
import java.util.List;

/** One table as a consumer holds it. Safe for use by several threads. */
sealed interface HeldTable permits KeyedTable, KeylessTable {
  /** How a row of the database stands beside what is held. */
  enum Comparison {
    SAME,
    DIFFERENT,
    MISSING
  }

  static HeldTable of(TableSchema schema) {
    return schema.hasKey() ? new KeyedTable(schema) : new KeylessTable(schema);
  }

  /** The columns' names, in the order in which {@link #take} wants them. */
  List<String> columns();

  /**
   * Does to the table what was done to a row.
   *
   * @param read whether a dump read it
   */
  void apply(ChangedRow change, Position position, boolean read);

  /** Removes the rows whose last change lies before a position. */
  void truncate(Position before);

  /** Removes all rows. */
  void clear();

  /** Compares a row of the database with the held one, which it removes: it is accounted for. */
  Comparison take(Tuple row);

  /** How many rows are held. */
  long size();
}
