package io.tidemark.dump.chunk;

/** The table is not what was planned any more; it is to be planned anew. */
public final class PlanStaleException extends DumpException {
  private static final long serialVersionUID = 1L;

  /** What happened to the table. */
  public enum Reason {
    /** It is gone, or has another name. */
    DROPPED,
    /** Its rows are in another file (VACUUM FULL, CLUSTER, TRUNCATE, some ALTERs). */
    REWRITTEN,
    /** Its columns or their types changed. */
    COLUMNS_CHANGED
  }

  private final Reason reason;

  PlanStaleException(Reason reason, String message) {
    this(reason, message, null);
  }

  PlanStaleException(Reason reason, String message, Throwable cause) {
    super(DumpFailure.STALE_PLAN, message, cause);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }
}
