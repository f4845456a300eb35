package io.tidemark.postgres.change;

/**
 * A message written with {@code pg_logical_emit_message}.
 *
 * @param position its place; a non-transactional one is at (its LSN, 0)
 * @param commitTime microseconds since 2000-01-01 UTC; 0 if not transactional
 * @param transactional whether it took effect with its transaction
 * @param prefix the prefix given
 * @param content the content given, shared: not to be written to
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody; a copy would be a waste
public record LogicalMessage(
    Position position, long commitTime, boolean transactional, String prefix, byte[] content)
    implements Change {
  @Override
  public <R, E extends Exception> R accept(ChangeVisitor<R, E> visitor) throws E {
    return visitor.message(this);
  }

  /** Its shape alone: data does not belong in logs. */
  @Override
  public String toString() {
    return "message of " + content.length + " bytes at " + position;
  }
}
