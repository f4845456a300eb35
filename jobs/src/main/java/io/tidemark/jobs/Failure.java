package io.tidemark.jobs;

/** Something that the user can mend: the message says what is wrong and what to do. */
public final class Failure extends RuntimeException {
  public Failure(String message) {
    super(message);
  }

  public Failure(String message, Throwable cause) {
    super(message, cause);
  }
}
