package io.tidemark.postgres.change;

import io.tidemark.postgres.TableName;
import java.util.Objects;

/**
 * Every row of a dump was emitted in this lane before: those read, and those read again as the
 * stream had left out some of their values. Where the stream has told a row in full since the dump
 * began, it need not have come as a READ.
 *
 * <p>Each lane emits one of its own, also if it emitted no row. Who takes several lanes together
 * has the whole dump once it has this of each of the {@code lanes}. After a failure it comes again,
 * with the rows or without, as the checkpoint has it.
 *
 * @param position of what the stream had emitted, with ordinal 0
 * @param table the table that was read
 * @param request the dump on demand; 0 if it was of the whole table, unasked
 * @param lane whose end it is, from 0
 * @param lanes how many lanes there are
 */
public record DumpEnd(Position position, TableName table, long request, int lane, int lanes)
    implements Change {
  public DumpEnd {
    Objects.requireNonNull(position, "position");
    Objects.requireNonNull(table, "table");
    if (lane < 0 || lane >= lanes) {
      throw new IllegalArgumentException(
          "the end of a dump of " + table + " in lane " + lane + " of " + lanes);
    }
  }

  /** Whether all of the table was read, unasked. */
  public boolean isOfWholeTable() {
    return request == 0;
  }

  /** Unknown: it is of no transaction. */
  @Override
  public long commitTime() {
    return 0;
  }

  @Override
  public <R, E extends Exception> R accept(ChangeVisitor<R, E> visitor) throws E {
    return visitor.dumpEnd(this);
  }
}
