package io.tidemark.source.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.source.simulation.Coverage.Case;
import java.util.Arrays;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/**
 * Random schedules of a whole capture. A failure names its seed and tells its schedule, shrunk:
 * {@code -Dtidemark.seed=N} runs that one alone, {@code -Dtidemark.seeds=N} so many, from {@code
 * -Dtidemark.first-seed=N} on, on all processors.
 */
class CaptureSimulationTest {
  private static final long DEFAULT_SEEDS = 8_000;
  private static final long SEEDS = Long.getLong("tidemark.seeds", DEFAULT_SEEDS);
  private static final long FIRST = Long.getLong("tidemark.first-seed", 0);

  @Test
  void noScheduleLosesRepeatsReordersOrRevivesARow() {
    Long one = Long.getLong("tidemark.seed");
    long first = one == null ? FIRST : one;
    long end = one == null ? FIRST + SEEDS : one + 1;
    Coverage coverage =
        LongStream.range(first, end)
            .parallel()
            .mapToObj(CaptureSimulationTest::run)
            .collect(Coverage::new, Coverage::add, Coverage::add);
    System.out.printf("seeds %d to %d: %s%n", first, end - 1, coverage);
    if (one == null && SEEDS >= DEFAULT_SEEDS) {
      assertThat(Arrays.stream(Case.values()).filter(each -> coverage.count(each) == 0))
          .as("what no schedule had")
          .isEmpty();
    }
  }

  private static Coverage run(long seed) {
    Choices choices = Choices.of(seed);
    try {
      Simulation simulation = new Simulation(choices, false);
      simulation.run();
      return simulation.coverage();
    } catch (AssertionError | RuntimeException e) {
      throw Shrinker.explain(seed, choices.made(), e);
    }
  }
}
