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
  private static final long DEFAULT_SEEDS = 6_000;

  /** Of so many seeds one more is run with DDL. */
  private static final int DDL = 12;

  private static final long SEEDS = Long.getLong("tidemark.seeds", DEFAULT_SEEDS);
  private static final long FIRST = Long.getLong("tidemark.first-seed", 0);

  @Test
  void noScheduleLosesRepeatsReordersOrRevivesARow() {
    runAll(false, SEEDS);
  }

  @Test
  void noScheduleWithDdlDoesSoOrTakesAColumnForAnother() {
    runAll(true, (SEEDS + DDL - 1) / DDL);
  }

  private static void runAll(boolean ddl, long seeds) {
    Long one = Long.getLong("tidemark.seed");
    long first = one == null ? FIRST : one;
    long end = one == null ? FIRST + seeds : one + 1;
    Coverage coverage =
        LongStream.range(first, end)
            .parallel()
            .mapToObj(seed -> run(ddl, seed))
            .collect(Coverage::new, Coverage::add, Coverage::add);
    System.out.printf("seeds %d to %d%s: %s%n", first, end - 1, ddl ? " with DDL" : "", coverage);
    if (one == null && SEEDS >= DEFAULT_SEEDS) {
      assertThat(
              Arrays.stream(Case.values())
                  .filter(each -> ddl ? each.isOfDdl() : each.isOfOthers())
                  .filter(each -> coverage.count(each) == 0))
          .as("what no schedule had")
          .isEmpty();
    }
  }

  private static Coverage run(boolean ddl, long seed) {
    Choices choices = Choices.of(seed);
    try {
      Simulation simulation = new Simulation(choices, ddl, false);
      simulation.run();
      return simulation.coverage();
    } catch (AssertionError | RuntimeException e) {
      throw Shrinker.explain(seed, ddl, choices.made(), e);
    }
  }
}
