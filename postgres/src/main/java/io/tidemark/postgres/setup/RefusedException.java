package io.tidemark.postgres.setup;

/** Going on would be wrong or impossible until someone does what the message says. */
public final class RefusedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final boolean mayPass;

  public RefusedException(String message) {
    this(message, false);
  }

  public RefusedException(String message, Throwable cause) {
    super(message, cause);
    this.mayPass = false;
  }

  private RefusedException(String message, boolean mayPass) {
    super(message);
    this.mayPass = mayPass;
  }

  /** One that may be gone when tried again, such as a slot that another connection still holds. */
  static RefusedException passing(String message) {
    return new RefusedException(message, true);
  }

  /** Whether it may be gone, without anyone's doing, when tried again. */
  public boolean mayPass() {
    return mayPass;
  }
}
