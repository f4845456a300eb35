package io.tidemark.cli;

import java.io.IOException;

/** Whoever read standard output does so no more, as {@code head} when it has its lines. */
final class ReaderGoneException extends IOException {
  private static final long serialVersionUID = 1;

  ReaderGoneException() {
    super("nobody reads standard output any more");
  }
}
