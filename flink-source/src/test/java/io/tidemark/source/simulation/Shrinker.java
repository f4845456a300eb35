package io.tidemark.source.simulation;

import java.util.Arrays;

/**
 * Makes a run that failed shorter: takes choices away and replaces them by dull ones, as long as
 * the run still fails.
 */
final class Shrinker {
  private static final int MAX_RUNS = Integer.getInteger("tidemark.shrink", 4_000);

  private final boolean ddl;
  private int[] choices;
  private Throwable failure;
  private int runs;

  private Shrinker(boolean ddl, int[] choices, Throwable failure) {
    this.ddl = ddl;
    this.choices = choices;
    this.failure = failure;
  }

  /** The failure with its seed, and the shortest schedule found that fails. */
  static AssertionError explain(long seed, boolean ddl, int[] choices, Throwable failure) {
    Shrinker shrinker = new Shrinker(ddl, choices, failure);
    shrinker.shrink();
    Simulation simulation = new Simulation(Choices.replay(shrinker.choices), ddl, true);
    try {
      simulation.run();
    } catch (AssertionError | RuntimeException e) {
      // What is told is how it came to this.
    }
    return new AssertionError(
        "seed %d: %s%nshrunk from %d choices to %d: %s%n%s"
            .formatted(
                seed,
                failure.getMessage(),
                choices.length,
                shrinker.choices.length,
                shrinker.failure.getMessage(),
                simulation.trace()),
        shrinker.failure);
  }

  private void shrink() {
    for (int size = Math.max(1, choices.length / 2); size > 0 && runs < MAX_RUNS; size /= 2) {
      for (int from = 0; from < choices.length && runs < MAX_RUNS; ) {
        if (!tryOut(without(from, size)) && !tryOut(dull(from, size))) {
          from += size;
        } else {
          from += size / 2 + 1;
        }
      }
    }
  }

  private int[] without(int from, int size) {
    int end = Math.min(choices.length, from + size);
    int[] fewer = Arrays.copyOf(choices, choices.length - (end - from));
    System.arraycopy(choices, end, fewer, from, choices.length - end);
    return fewer;
  }

  private int[] dull(int from, int size) {
    int[] duller = choices.clone();
    Arrays.fill(duller, from, Math.min(choices.length, from + size), 0);
    return Arrays.equals(duller, choices) ? null : duller;
  }

  /** Without the names and numbers of the one run. */
  private static String kind(Throwable failure) {
    String text = String.valueOf(failure.getMessage());
    return text.substring(0, Math.min(text.length(), 24)).replaceAll("[0-9]+.*", "");
  }

  /** Keeps the choices if the run fails with them, and in the same way. */
  private boolean tryOut(int[] fewer) {
    if (fewer == null) {
      return false;
    }
    runs++;
    try {
      new Simulation(Choices.replay(fewer), ddl, false).run();
      return false;
    } catch (AssertionError | RuntimeException e) {
      if (!kind(e).equals(kind(failure))) {
        return false;
      }
      choices = fewer;
      failure = e;
      return true;
    }
  }
}
