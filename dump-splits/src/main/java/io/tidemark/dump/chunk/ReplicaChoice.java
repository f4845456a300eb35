package io.tidemark.dump.chunk;

import java.time.Duration;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.function.LongSupplier;

/**
 * Which replica a dump thread connects to: the one with the fewest of our connections, ties going
 * round, and none that failed a short while ago unless there is no other. A replica that goes on
 * failing is asked less and less often. Thread-safe.
 */
public final class ReplicaChoice {
  static final Duration FIRST_WAIT = Duration.ofSeconds(1);
  static final Duration LONGEST_WAIT = Duration.ofSeconds(60);

  private final LongSupplier nanoClock;
  private final int[] users;
  private final int[] failures;
  private final long[] blockedUntil;
  private int next;

  /**
   * @param replicas how many there are
   * @param first where the round starts: the subtask's index, so that subtasks spread, too
   * @param nanoClock as {@link System#nanoTime()}
   */
  public ReplicaChoice(int replicas, int first, LongSupplier nanoClock) {
    if (replicas < 1) {
      throw new IllegalArgumentException(replicas + " replicas");
    }
    this.nanoClock = nanoClock;
    this.users = new int[replicas];
    this.failures = new int[replicas];
    this.blockedUntil = new long[replicas];
    this.next = Math.floorMod(first, replicas);
  }

  /**
   * Takes a place at a replica, to be given back with {@link #release}.
   *
   * @return its index; empty if all of them failed of late: try again after {@link #waitNanos}
   */
  public synchronized OptionalInt acquire() {
    long now = nanoClock.getAsLong();
    int best = -1;
    for (int i = 0; i < users.length; i++) {
      int replica = (next + i) % users.length;
      if (!isBlocked(replica, now) && (best < 0 || users[replica] < users[best])) {
        best = replica;
      }
    }
    if (best < 0) {
      return OptionalInt.empty();
    }
    users[best]++;
    next = (best + 1) % users.length;
    return OptionalInt.of(best);
  }

  /** How long until {@link #acquire} has a replica again; 0 if it has one. */
  public synchronized long waitNanos() {
    long now = nanoClock.getAsLong();
    long least = Long.MAX_VALUE;
    for (int i = 0; i < users.length; i++) {
      least = Math.min(least, isBlocked(i, now) ? blockedUntil[i] - now : 0);
    }
    return least;
  }

  /** Whether a thread at this replica would do better elsewhere: another is idle and well. */
  public synchronized boolean isOvercrowded(int replica) {
    long now = nanoClock.getAsLong();
    for (int i = 0; i < users.length; i++) {
      if (!isBlocked(i, now) && users[i] + 1 < users[replica]) {
        return true;
      }
    }
    return false;
  }

  /** A chunk was read there. */
  public synchronized void succeeded(int replica) {
    failures[replica] = 0;
  }

  /** It could not be reached, or is the wrong server. */
  public synchronized void failed(int replica) {
    long now = nanoClock.getAsLong();
    if (isBlocked(replica, now)) {
      return; // Several threads notice one failure.
    }
    long wait = FIRST_WAIT.toNanos() << Math.min(failures[replica]++, 6);
    blockedUntil[replica] = now + Math.min(wait, LONGEST_WAIT.toNanos());
  }

  /** Gives the place back. */
  public synchronized void release(int replica) {
    if (users[replica] == 0) {
      throw new IllegalStateException("replica " + replica + " was not acquired");
    }
    users[replica]--;
  }

  private boolean isBlocked(int replica, long now) {
    return failures[replica] > 0 && blockedUntil[replica] - now > 0;
  }

  @Override
  public synchronized String toString() {
    return "users " + Arrays.toString(users) + ", failures " + Arrays.toString(failures);
  }
}
