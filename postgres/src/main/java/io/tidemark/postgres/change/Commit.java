package io.tidemark.postgres.change;

/**
 * A transaction ends. Only with one lane.
 *
 * @param position (commit LSN, ordinal of the transaction's last change plus 1)
 * @param endLsn end of the commit record, unsigned: the stream can start again from here
 * @param commitTime microseconds since 2000-01-01 UTC
 */
public record Commit(Position position, long endLsn, long commitTime) implements Change {
  @Override
  public <R, E extends Exception> R accept(ChangeVisitor<R, E> visitor) throws E {
    return visitor.commit(this);
  }
}
