package io.tidemark.benchmarks;

import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** Runs the JMH benchmarks of this module. */
final class Microbenchmarks {
  private Microbenchmarks() {}

  /** Runs those whose name matches, and prints what JMH prints. */
  static void run(String pattern) throws RunnerException {
    new Runner(new OptionsBuilder().include(pattern).shouldFailOnError(true).build()).run();
  }
}
