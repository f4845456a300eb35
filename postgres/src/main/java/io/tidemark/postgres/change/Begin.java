package io.tidemark.postgres.change;

/**
 * A transaction begins. Only with one lane.
 *
 * @param position (commit LSN, 0)
 * @param commitTime microseconds since 2000-01-01 UTC
 * @param xid the transaction's 32-bit id, unsigned
 */
public record Begin(Position position, long commitTime, int xid) implements Change {
  @Override
  public <R, E extends Exception> R accept(ChangeVisitor<R, E> visitor) throws E {
    return visitor.begin(this);
  }
}
