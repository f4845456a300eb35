package io.tidemark.postgres.pgoutput;

import io.tidemark.postgres.Lsn;

/**
 * The stream does not say what the protocol allows: torn or unknown bytes, or messages out of
 * order. Nothing is ever skipped, so the capture ends with it. Its message has no row data.
 */
public final class PgOutputException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final long lsn;

  private PgOutputException(long lsn, String message) {
    super(message);
    this.lsn = lsn;
  }

  /**
   * Bytes that cannot be decoded.
   *
   * @param lsn the start LSN that the message was sent with
   * @param type the message's type, for people
   * @param at byte offset within the message, whose type is at 0
   * @param expected what should have been there, and what was
   */
  static PgOutputException malformed(long lsn, String type, int at, String expected) {
    return new PgOutputException(
        lsn,
        "malformed pgoutput message at LSN %s, type %s, byte %d: expected %s"
            .formatted(Lsn.format(lsn), type, at, expected));
  }

  /**
   * A message that is well-formed but impossible where it came.
   *
   * @param lsn the start LSN that the message was sent with
   * @param type the message's type, for people
   * @param problem what is wrong
   */
  public static PgOutputException unexpected(long lsn, String type, String problem) {
    return new PgOutputException(
        lsn,
        "unexpected pgoutput message at LSN %s, type %s: %s"
            .formatted(Lsn.format(lsn), type, problem));
  }

  /** The start LSN that the message was sent with, unsigned. */
  public long lsn() {
    return lsn;
  }
}
