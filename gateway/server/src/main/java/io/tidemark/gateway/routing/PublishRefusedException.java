package io.tidemark.gateway.routing;

/**
 * A sink may not publish its URI now: another sink publishes it, or may come back to publish it.
 */
public final class PublishRefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  PublishRefusedException(String message) {
    super(message);
  }
}
