package io.tidemark.dump.chunk;

/** Texts are no keys of their table. The message names table and column, and quotes no value. */
public final class KeyInputException extends Exception {
  private static final long serialVersionUID = 1L;

  KeyInputException(String message) {
    super(message);
  }
}
