package io.tidemark.source.merge;

import org.junit.jupiter.api.Test;

/**
 * Random schedules of everything that the merge depends on. A failure names its seed: {@code
 * -Dtidemark.seed=N} runs that one alone; {@code -Dtidemark.seeds=N} runs so many.
 */
class LaneMergeSimulationTest {
  @Test
  void noScheduleLosesRevertsOrRevivesARow() {
    Long seed = Long.getLong("tidemark.seed");
    long from = seed == null ? 0 : seed;
    long to = seed == null ? Long.getLong("tidemark.seeds", 3_000) : seed + 1;
    for (long each = from; each < to; each++) {
      try {
        new Simulation(each).run();
      } catch (AssertionError | Exception e) {
        throw new AssertionError("seed " + each + ": " + e.getMessage(), e);
      }
    }
  }
}
