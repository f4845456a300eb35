package io.tidemark.postgres.change;

import io.tidemark.postgres.TableSchema;

/**
 * A table was truncated; one of these for each table that the statement named or cascaded to. With
 * several lanes each lane gets it at its place in the lane's order: a sink must make it take effect
 * once, for example by deleting only what is older than its position.
 *
 * @param position its place in the stream
 * @param commitTime microseconds since 2000-01-01 UTC
 * @param xid the transaction's 32-bit id, unsigned
 * @param schema the table
 * @param cascade whether CASCADE was given
 * @param restartIdentity whether RESTART IDENTITY was given
 */
public record Truncate(
    Position position,
    long commitTime,
    int xid,
    TableSchema schema,
    boolean cascade,
    boolean restartIdentity)
    implements Change {
  /** Schema and name of the table: {@code public.orders}. */
  public String table() {
    return schema.name().toString();
  }

  @Override
  public <R, E extends Exception> R accept(ChangeVisitor<R, E> visitor) throws E {
    return visitor.truncate(this);
  }
}
