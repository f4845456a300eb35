package io.tidemark.gateway.client;

/**
 * The consumer ended, and trying again would not help: the message says why and what to do. Nothing
 * that was not dealt with has been acknowledged, so it comes to whoever consumes the URI next.
 */
public final class ConsumerException extends RuntimeException {
  private static final long serialVersionUID = 1;

  ConsumerException(String message, Throwable cause) {
    super(message, cause);
  }

  ConsumerException(String message) {
    super(message);
  }
}
