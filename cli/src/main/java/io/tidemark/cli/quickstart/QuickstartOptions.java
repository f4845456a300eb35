package io.tidemark.cli.quickstart;

import java.time.Duration;
import java.util.Optional;

/**
 * What a quickstart is to do.
 *
 * @param duration how long to write; empty until Ctrl-C
 * @param rows how many rows to begin with
 * @param rate transactions in a second
 * @param postgres PostgreSQL's major version
 * @param replicas how many standbys to dump from; with 0 the primary serves
 * @param lanes how many lanes merge
 * @param seed decides the random writes
 */
public record QuickstartOptions(
    Optional<Duration> duration,
    long rows,
    int rate,
    int postgres,
    int replicas,
    int lanes,
    long seed) {
  private static final long FEWEST_ROWS = 1_000;
  private static final int OLDEST = 14;
  private static final int NEWEST = 18;
  private static final int MAX_REPLICAS = 8;
  private static final int MAX_LANES = 64;
  private static final int MAX_RATE = 100_000;

  public QuickstartOptions {
    check("rows", rows, FEWEST_ROWS, Integer.MAX_VALUE);
    check("rate", rate, 1, MAX_RATE);
    check("postgres", postgres, OLDEST, NEWEST);
    check("replicas", replicas, 0, MAX_REPLICAS);
    check("lanes", lanes, 1, MAX_LANES);
    if (duration.isPresent() && duration.get().toSeconds() < 1) {
      throw new IllegalArgumentException("--duration must be at least 1s");
    }
  }

  private static void check(String name, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          "--%s is %d: it must be from %d to %d".formatted(name, value, least, most));
    }
  }
}
