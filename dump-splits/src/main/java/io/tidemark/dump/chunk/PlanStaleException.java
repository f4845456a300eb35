package io.tidemark.dump.chunk;

/** The table is not what was planned any more; it is to be planned anew. */
public final class PlanStaleException extends DumpException {
  private static final long serialVersionUID = 1L;

  /** What happened to the table. */
  public enum Reason {
    DROPPED("it was dropped or renamed"),
    REWRITTEN("its rows were rewritten to another file"),
    ALTERED("its columns, its key or what it is a partition of was altered");

    private final String description;

    Reason(String description) {
      this.description = description;
    }

    String description() {
      return description;
    }
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
