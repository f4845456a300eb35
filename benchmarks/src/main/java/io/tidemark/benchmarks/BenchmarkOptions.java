package io.tidemark.benchmarks;

import java.util.List;

/**
 * What a benchmark is run with.
 *
 * @param major PostgreSQL's major version
 * @param runs how often each case is run, ours and the peer's
 * @param scale what the numbers of rows are multiplied by
 * @param jvmOptions options for the JVM that is measured
 */
record BenchmarkOptions(int major, int runs, double scale, List<String> jvmOptions) {
  private static final long STEP = 1000;

  BenchmarkOptions {
    if (runs < 1 || !(scale > 0)) {
      throw new IllegalArgumentException(runs + " runs at scale " + scale);
    }
    jvmOptions = List.copyOf(jvmOptions);
  }

  /** The number of rows times the scale, rounded to thousands; at least 1,000. */
  long scaled(long rows) {
    return Math.max(1, Math.round(rows * scale / STEP)) * STEP;
  }
}
