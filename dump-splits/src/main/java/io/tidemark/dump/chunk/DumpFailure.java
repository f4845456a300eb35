package io.tidemark.dump.chunk;

/** What to do about a chunk that failed. */
public enum DumpFailure {
  /** Replay had to go before the query, or it waited for a lock too long: retry, with less. */
  CONFLICT,
  /** It came to more bytes than were asked for, as with large TOAST values: retry with less. */
  TOO_LARGE,
  /** The primary's snapshot does not yet see what the stream has: retry soon. */
  NOT_YET_VISIBLE,
  /** The server or the connection went away, or there is no room for us: retry, elsewhere. */
  UNAVAILABLE,
  /** It is not the server it should be (other system, timeline, role): use others, tell. */
  WRONG_SERVER,
  /** The table is not what was planned any more: plan it anew. */
  STALE_PLAN,
  /** The role may not read the table, or not all of its rows: read it once that is granted. */
  DENIED,
  /** Only an operator can help: authentication, configuration, failing expressions. */
  REFUSED,
  /** Bytes or answers that must not be: a bug or corruption. Fail. */
  MALFORMED;

  /** Whether reading the same chunk later may succeed without anybody's help. */
  public boolean isRetryable() {
    return this == CONFLICT || this == TOO_LARGE || this == NOT_YET_VISIBLE || this == UNAVAILABLE;
  }
}
