package io.tidemark.postgres.setup;

import io.tidemark.postgres.Lsn;
import java.util.Optional;

/**
 * A replication slot as {@code pg_replication_slots} shows it.
 *
 * @param database empty for a physical slot
 * @param plugin empty for a physical slot
 * @param activePid the server process that streams it; 0 if none does
 * @param confirmedFlush up to here WAL was acknowledged; 0/0 if unknown
 * @param restart from here on the server keeps WAL for it; 0/0 if it keeps none
 * @param walStatus {@code reserved}, {@code extended}, {@code unreserved} or {@code lost}; empty if
 *     unknown
 * @param invalidation why it is lost, from PostgreSQL 16 on; empty if it is not or nobody knows
 * @param retainedBytes how much WAL the server keeps that this slot needs
 */
public record SlotStatus(
    String name,
    String database,
    String plugin,
    boolean temporary,
    int activePid,
    Lsn confirmedFlush,
    Lsn restart,
    String walStatus,
    Optional<String> invalidation,
    long retainedBytes) {
  /** The one output plugin that can be read here. */
  public static final String PLUGIN = "pgoutput";

  /** Whether a connection streams it now. */
  public boolean isActive() {
    return activePid != 0;
  }

  /** Whether WAL that it needs is gone. */
  public boolean isLost() {
    return walStatus.equals("lost") || invalidation.isPresent();
  }

  /**
   * Checks that a capture of this database can stream it.
   *
   * @throws RefusedException if not; {@link RefusedException#mayPass} if only because it is in use
   */
  public void requireUsable(String wantedDatabase) {
    Optional<Problem> unfit = unfit(wantedDatabase);
    if (unfit.isPresent()) {
      throw new RefusedException(unfit.get().toString());
    }
    Optional<Problem> inUse = inUse();
    if (inUse.isPresent()) {
      throw RefusedException.passing(inUse.get().toString());
    }
  }

  /** What keeps a capture of this database from ever streaming it. */
  Optional<Problem> unfit(String wantedDatabase) {
    if (!plugin.equals(PLUGIN)) {
      return found(
          plugin.isEmpty()
              ? "it is a physical slot"
              : "its output plugin is '" + plugin + "' instead of '" + PLUGIN + "'",
          "name another slot");
    }
    if (!database.equals(wantedDatabase)) {
      return found(
          "it is of database '" + database + "' instead of '" + wantedDatabase + "'",
          "name another slot, or connect to that database");
    }
    if (isLost()) {
      return found(
          "it is lost" + invalidation.map(reason -> " (" + reason + ")").orElse(""),
          "the server has removed WAL that was not captured: drop the slot and start without a"
              + " checkpoint, dumping the tables again; to keep more WAL raise"
              + " max_slot_wal_keep_size");
    }
    return Optional.empty();
  }

  /** What keeps a capture from streaming it for now. */
  Optional<Problem> inUse() {
    if (isActive()) {
      return found(
          "it is in use by the server process with pid " + activePid,
          "stop the other capture, or wait until the server has noticed that it is gone"
              + " (wal_sender_timeout), or SELECT pg_terminate_backend("
              + activePid
              + ")");
    }
    return Optional.empty();
  }

  /**
   * Checks that the server still has what follows a position.
   *
   * @param lsn unsigned; 0 is wherever the slot is
   * @throws RefusedException if the slot was acknowledged beyond it
   */
  public void requireNotAhead(long lsn) {
    if (lsn != 0 && Lsn.compare(confirmedFlush.value(), lsn) > 0) {
      throw new RefusedException(
          ("slot '%s' is ahead of the checkpoint: it was acknowledged up to %s, the checkpoint is at"
                  + " %s. Something else has used the slot, or the checkpoint is not the newest:"
                  + " restore the newest one, or start without it and dump the tables again")
              .formatted(name, confirmedFlush, Lsn.format(lsn)));
    }
  }

  private Optional<Problem> found(String what, String todo) {
    return Optional.of(new Problem("slot '" + name + "' cannot be used: " + what, todo));
  }
}
