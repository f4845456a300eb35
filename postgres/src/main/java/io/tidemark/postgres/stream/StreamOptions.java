package io.tidemark.postgres.stream;

import io.tidemark.postgres.connection.Endpoint;
import io.tidemark.postgres.setup.ServerIdentity;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * What to stream, and within which bounds.
 *
 * @param primary the server that the slot is on
 * @param slot the slot's name
 * @param publication the publication's name
 * @param expected the server that the position is of; empty if there is none yet
 * @param publicationOid of the publication that the position is of; 0 if there is none yet
 * @param batchChanges how many changes a batch may have
 * @param batchBytes how much memory a batch may take; one change may take more
 * @param queueBytes how much memory the batches that wait to be polled may take
 * @param slotWait how long to wait for a slot that another connection uses: after a crash the
 *     server holds it until it notices
 * @param receiveTimeout how long the server may be silent, although asked, before the connection
 *     counts as lost
 */
public record StreamOptions(
    Endpoint primary,
    String slot,
    String publication,
    Optional<ServerIdentity> expected,
    int publicationOid,
    int batchChanges,
    int batchBytes,
    long queueBytes,
    Duration slotWait,
    Duration receiveTimeout) {
  public StreamOptions {
    Objects.requireNonNull(primary, "primary");
    Objects.requireNonNull(slot, "slot");
    Objects.requireNonNull(publication, "publication");
    Objects.requireNonNull(expected, "expected");
    if (batchChanges < 1 || batchBytes < 1 || queueBytes < 1) {
      throw new IllegalArgumentException(
          "batches of %d changes and %d bytes, %d bytes queued: none may be below 1"
              .formatted(batchChanges, batchBytes, queueBytes));
    }
  }

  /** Options with the defaults for all bounds. */
  public static StreamOptions of(Endpoint primary, String slot, String publication) {
    return new StreamOptions(
        primary,
        slot,
        publication,
        Optional.empty(),
        0,
        1024,
        1 << 20,
        4 << 20,
        Duration.ofSeconds(90),
        Duration.ofMinutes(10));
  }

  /**
   * With the server and the publication that the position is of: any other is refused.
   *
   * @param oid of the publication; 0 for whatever there is now
   */
  public StreamOptions expecting(ServerIdentity server, int oid) {
    return new StreamOptions(
        primary,
        slot,
        publication,
        Optional.of(server),
        oid,
        batchChanges,
        batchBytes,
        queueBytes,
        slotWait,
        receiveTimeout);
  }

  /** With another time to wait for a slot in use. */
  public StreamOptions waitingForSlot(Duration wait) {
    return new StreamOptions(
        primary,
        slot,
        publication,
        expected,
        publicationOid,
        batchChanges,
        batchBytes,
        queueBytes,
        wait,
        receiveTimeout);
  }

  /** With another time that the server may be silent. */
  public StreamOptions receiveTimeout(Duration timeout) {
    return new StreamOptions(
        primary,
        slot,
        publication,
        expected,
        publicationOid,
        batchChanges,
        batchBytes,
        queueBytes,
        slotWait,
        timeout);
  }
}
