package io.tidemark.gateway.outbox;

/** An event is larger than its consumer takes. */
final class TooLargeException extends Exception {
  private static final long serialVersionUID = 1;

  TooLargeException(String message) {
    super(message);
  }
}
