package io.tidemark.gateway.outbox;

/** A consumer answered what it cannot have had. */
final class WrongAnswerException extends Exception {
  private static final long serialVersionUID = 1;

  WrongAnswerException(String message) {
    super(message);
  }
}
