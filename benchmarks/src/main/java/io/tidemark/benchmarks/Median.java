package io.tidemark.benchmarks;

import java.util.List;

/** The median: what is left of several runs when the machine is noisy. */
final class Median {
  private Median() {}

  /**
   * The middle value, or the mean of the middle two.
   *
   * @throws IllegalArgumentException if there is none
   */
  static double of(List<Double> values) {
    if (values.isEmpty()) {
      throw new IllegalArgumentException("the median of no values");
    }
    List<Double> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }
}
