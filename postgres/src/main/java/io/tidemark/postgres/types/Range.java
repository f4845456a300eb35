package io.tidemark.postgres.types;

/**
 * A PostgreSQL range.
 *
 * @param lower the lower bound; null if there is none, or the range is empty
 * @param upper the upper bound; null if there is none, or the range is empty
 * @param lowerInclusive whether the lower bound is in it; false where there is no bound
 * @param upperInclusive whether the upper bound is in it; false where there is no bound
 * @param empty whether it has no points at all
 */
public record Range(
    Object lower, Object upper, boolean lowerInclusive, boolean upperInclusive, boolean empty) {
  /** The range without points. */
  public static final Range EMPTY = new Range(null, null, false, false, true);

  /** The brackets of its bounds, as in {@code [)}. */
  public String brackets() {
    return (lowerInclusive ? "[" : "(") + (upperInclusive ? "]" : ")");
  }

  /** For people: {@code [1,10)}, {@code (,5]}, {@code empty}. */
  @Override
  public String toString() {
    return empty
        ? "empty"
        : brackets().charAt(0)
            + (lower == null ? "" : lower.toString())
            + ","
            + (upper == null ? "" : upper.toString())
            + brackets().charAt(1);
  }
}
