package io.tidemark.gateway.routing;

/** A sink may not publish its URI now: another one does, or may come back to. */
public final class PublishRefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  PublishRefusedException(String message) {
    super(message);
  }
}
