package io.tidemark.source.simulation;

import java.util.stream.LongStream;

/** Looks for a schedule that fails. */
public final class SeedSearch {
  /** Seeds that are run at once, on all processors: few at first, as most harm shows soon. */
  private static final int FIRST_BLOCK = 4;

  private static final int MAX_BLOCK = 64;

  private SeedSearch() {}

  /**
   * A seed that fails, and how; null if none does.
   *
   * @param ddl as for {@link Simulation}
   * @param known is tried before all others
   * @param end the others are {@code [0, end)}, of which the first that fails is found
   */
  public static String firstFailure(boolean ddl, long known, long end) {
    String again = failure(ddl, known);
    if (again != null) {
      return again;
    }
    int block = FIRST_BLOCK;
    for (long from = 0; from < end; from += block, block = Math.min(2 * block, MAX_BLOCK)) {
      String failure =
          LongStream.range(from, Math.min(end, from + block))
              .parallel()
              .mapToObj(seed -> failure(ddl, seed))
              .reduce(null, (first, second) -> first == null ? second : first);
      if (failure != null) {
        return failure;
      }
    }
    return null;
  }

  private static String failure(boolean ddl, long seed) {
    try {
      new Simulation(Choices.of(seed), ddl, false).run();
      return null;
    } catch (AssertionError | RuntimeException e) {
      return seed + ": " + e.getMessage();
    }
  }
}
