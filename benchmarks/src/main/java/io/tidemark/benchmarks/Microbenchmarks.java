package io.tidemark.benchmarks;

import java.util.List;
import java.util.OptionalDouble;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** Runs the JMH benchmarks of this module. */
final class Microbenchmarks {
  private Microbenchmarks() {}

  /** Runs those whose name matches, and prints what JMH prints. */
  static void run(String pattern, Results results) throws RunnerException {
    new Runner(new OptionsBuilder().include(pattern).shouldFailOnError(true).build())
        .run().stream().map(Microbenchmarks::measurement).forEach(results::keep);
  }

  private static Measurement measurement(RunResult run) {
    Result<?> score = run.getPrimaryResult();
    List<Double> iterations =
        run.getBenchmarkResults().stream()
            .flatMap(fork -> fork.getIterationResults().stream())
            .map(iteration -> iteration.getPrimaryResult().getScore())
            .toList();
    return Measurement.alone(
        run.getParams().getBenchmark(),
        new Series("mean", score.getScoreUnit(), OptionalDouble.of(score.getScore()), iterations),
        List.of());
  }
}
