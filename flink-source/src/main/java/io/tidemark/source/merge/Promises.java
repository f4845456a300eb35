package io.tidemark.source.merge;

import java.util.Arrays;

/**
 * The dump readers' promises of this run, each the least mark counter that the reader's later
 * chunks can have. Never restored: after a restore each reader promises anew.
 */
final class Promises {
  private static final long NONE = Long.MIN_VALUE;

  private long[] promised = {};

  /**
   * Takes a promise.
   *
   * @param readers how many readers there are; if this differs from before, all others' promises
   *     are void
   */
  void put(int reader, int readers, long counter) {
    if (reader < 0 || reader >= readers) {
      throw new IllegalStateException("a promise of dump reader " + reader + " of " + readers);
    }
    if (promised.length != readers) {
      promised = new long[readers];
      Arrays.fill(promised, NONE);
    }
    promised[reader] = counter;
  }

  /** No reader's later chunk has a mark older than this; {@link Long#MIN_VALUE} if any can. */
  long least() {
    long least = promised.length == 0 ? NONE : Long.MAX_VALUE;
    for (long each : promised) {
      least = Math.min(least, each);
    }
    return least;
  }
}
