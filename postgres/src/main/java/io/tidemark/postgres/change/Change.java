package io.tidemark.postgres.change;

import io.tidemark.postgres.row.JsonHead;
import java.time.Instant;
import java.util.Optional;

/**
 * One thing that a capture emits. Rows stay in PostgreSQL's binary form and decode column by column
 * on demand.
 *
 * <p>With one lane the changes come in the total order of the commits, each transaction between its
 * {@link Begin} and its {@link Commit}, rows of a dump ({@link Op#READ}) and its {@link DumpEnd}
 * between transactions. Before the first row of a table, and before the first under other columns,
 * comes a {@link SchemaChange}. With several lanes the order holds per key, and there are no {@code
 * Begin} and {@code Commit}.
 */
public sealed interface Change
    permits Begin, Commit, RowChange, Truncate, LogicalMessage, DumpEnd, Ddl, SchemaChange {
  /** Its place in the stream's total order; of a dumped row: of the mark that it came after. */
  Position position();

  /** Microseconds since 2000-01-01 00:00 UTC at which the transaction committed; 0 if unknown. */
  long commitTime();

  /** {@link #commitTime} as an instant; empty if unknown. */
  default Optional<Instant> committedAt() {
    return commitTime() == 0 ? Optional.empty() : Optional.of(JsonHead.instant(commitTime()));
  }

  /** The change as JSON, on one line: {@link ChangeJson} says how. */
  default String toJson() {
    return ChangeJson.toJson(this);
  }

  /**
   * Has the visitor deal with it, by the method of its kind.
   *
   * @return what that gave
   * @throws E if that did
   */
  <R, E extends Exception> R accept(ChangeVisitor<R, E> visitor) throws E;
}
