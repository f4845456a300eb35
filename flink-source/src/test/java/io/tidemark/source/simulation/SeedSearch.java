package io.tidemark.source.simulation;

import java.util.stream.LongStream;

/** Looks for a schedule that fails. */
public final class SeedSearch {
  /** Seeds that are run at once, on all processors. */
  private static final int BLOCK = 64;

  private SeedSearch() {}

  /** The first seed of {@code [0, end)} that fails, and how; null if none does. */
  public static String firstFailure(long end) {
    for (long from = 0; from < end; from += BLOCK) {
      String failure =
          LongStream.range(from, Math.min(end, from + BLOCK))
              .parallel()
              .mapToObj(SeedSearch::failure)
              .reduce(null, (first, second) -> first == null ? second : first);
      if (failure != null) {
        return failure;
      }
    }
    return null;
  }

  private static String failure(long seed) {
    try {
      new Simulation(Choices.of(seed), false).run();
      return null;
    } catch (AssertionError | RuntimeException e) {
      return seed + ": " + e.getMessage();
    }
  }
}
