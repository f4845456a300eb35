package io.tidemark.postgres;

/**
 * Bytes that are no tuple: torn, with a column of an unknown kind, or with another number of
 * columns than the table has. Its message has places, kinds and lengths, no values.
 */
public final class MalformedTupleException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  private final int at;

  /**
   * @param at index into the array that the tuple lies in
   */
  MalformedTupleException(int at, String problem) {
    super(problem);
    this.at = at;
  }

  /** Where in the array the bytes are that make no sense. */
  public int at() {
    return at;
  }
}
