package io.tidemark.postgres.change;

import io.tidemark.postgres.ddl.DdlStatement;
import java.util.Objects;

/**
 * A DDL statement, at its place: after the changes that came before it in its transaction, before
 * those that came after. Told by the extension {@code tidemark}, or by pgcapture's. With several
 * lanes it comes in the first.
 *
 * <p>What it changed of captured tables comes right behind it, as {@link SchemaChange}s.
 *
 * @param position its place in the stream
 * @param commitTime microseconds since 2000-01-01 UTC
 * @param xid the transaction's 32-bit id, unsigned
 * @param statement what was run, and what it did
 */
public record Ddl(Position position, long commitTime, int xid, DdlStatement statement)
    implements Change {
  public Ddl {
    Objects.requireNonNull(position, "position");
    Objects.requireNonNull(statement, "statement");
  }

  @Override
  public <R, E extends Exception> R accept(ChangeVisitor<R, E> visitor) throws E {
    return visitor.ddl(this);
  }

  /** Its tag and place alone: texts do not belong in logs. */
  @Override
  public String toString() {
    return statement + " at " + position;
  }
}
