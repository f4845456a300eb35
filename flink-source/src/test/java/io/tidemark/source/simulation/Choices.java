package io.tidemark.source.simulation;

import java.util.Arrays;
import java.util.Random;

/**
 * Every decision of a simulated run: from a seed, or given one by one, so that a run that failed
 * can be tried again with fewer of them. Choosing 0 is the dull choice everywhere, and what is
 * chosen once the given ones are used up.
 */
public final class Choices {
  private final Random random;
  private int[] made;
  private final int given;
  private int count;

  private Choices(Random random, int[] given) {
    this.random = random;
    this.made = given;
    this.given = given.length;
  }

  /** Those of a seed. */
  static Choices of(long seed) {
    return new Choices(new Random(seed), new int[0]);
  }

  /** The given ones. */
  static Choices replay(int[] given) {
    return new Choices(null, given.clone());
  }

  /** A number from 0 to below the bound. */
  public int below(int bound) {
    int choice;
    if (random == null) {
      choice = count < given ? made[count] : 0;
    } else {
      choice = random.nextInt(1 << 20);
      if (count == made.length) {
        made = Arrays.copyOf(made, Math.max(256, 2 * count));
      }
      made[count] = choice;
    }
    count++;
    return choice % bound;
  }

  /** Whether what happens once in so many times happens now. */
  public boolean oneIn(int times) {
    return below(times) == times - 1;
  }

  /** What was chosen so far. */
  int[] made() {
    return Arrays.copyOf(made, random == null ? Math.min(count, given) : count);
  }
}
