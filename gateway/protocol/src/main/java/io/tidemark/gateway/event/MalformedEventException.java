package io.tidemark.gateway.event;

/**
 * What came is no event, or of a table that was not described. Passing over it could lose a change.
 */
public final class MalformedEventException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  MalformedEventException(String message) {
    super(message);
  }

  MalformedEventException(String message, Throwable cause) {
    super(message, cause);
  }
}
