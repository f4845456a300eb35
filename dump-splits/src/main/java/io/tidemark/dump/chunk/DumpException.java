package io.tidemark.dump.chunk;

import java.sql.SQLException;

/** A chunk, or the session that was to read it, failed. No row that the sink got counts. */
public class DumpException extends Exception {
  private static final long serialVersionUID = 1L;

  private final DumpFailure failure;

  DumpException(DumpFailure failure, String message) {
    this(failure, message, null);
  }

  DumpException(DumpFailure failure, String message, Throwable cause) {
    super(message, cause);
    this.failure = failure;
  }

  /**
   * What an SQL error means for a dump.
   *
   * @param doing what was being done and where, to begin the message with
   */
  public static DumpException of(String doing, SQLException e) {
    String state = e.getSQLState() == null ? "" : e.getSQLState();
    DumpFailure failure = SqlStates.classify(state);
    if (state.startsWith("22") || state.startsWith("23")) {
      // Such messages quote values, so neither the message nor the cause goes further.
      return new DumpException(
          failure, doing + ": the server cannot process a value (SQLSTATE " + state + ")");
    }
    return failure == DumpFailure.STALE_PLAN
        ? new PlanStaleException(PlanStaleException.Reason.DROPPED, message(doing, state, e), e)
        : new DumpException(failure, message(doing, state, e), e);
  }

  /** What to do about it. */
  public final DumpFailure failure() {
    return failure;
  }

  private static String message(String doing, String state, SQLException e) {
    return doing + ": " + e.getMessage() + " (SQLSTATE " + state + ")" + SqlStates.advice(state);
  }
}
