package io.tidemark.gateway.client;

import static java.lang.System.Logger.Level.WARNING;

import io.tidemark.gateway.wire.Event;
import java.util.random.RandomGenerator;

/**
 * When an event comes to its handler again after that failed: later and later, as long as it is the
 * same event, wherever it is in the stream by then.
 */
final class Retries {
  private static final System.Logger LOG = System.getLogger(Retries.class.getName());

  /**
   * What stays of an event when it comes again.
   *
   * @param sequence its publisher's, which tells rows of dumps apart
   */
  private record Place(Event.TypeCase kind, long sequence, long commitLsn, long ordinal) {
    static Place of(Event event) {
      long sequence = event.getSequence();
      return switch (event.getTypeCase()) {
        case ROW -> of(event, event.getRow().getCommitLsn(), event.getRow().getOrdinal());
        case BEGIN -> of(event, event.getBegin().getCommitLsn(), 0);
        case COMMIT -> of(event, event.getCommit().getCommitLsn(), event.getCommit().getOrdinal());
        case TRUNCATE ->
            of(event, event.getTruncate().getCommitLsn(), event.getTruncate().getOrdinal());
        case MESSAGE ->
            of(event, event.getMessage().getCommitLsn(), event.getMessage().getOrdinal());
        case DDL -> of(event, event.getDdl().getCommitLsn(), event.getDdl().getOrdinal());
        case SCHEMA_CHANGE ->
            of(event, event.getSchemaChange().getCommitLsn(), event.getSchemaChange().getOrdinal());
        case SKIPPED ->
            of(event, event.getSkipped().getCommitLsn(), event.getSkipped().getOrdinal());
        case TABLE, AGAIN, TYPE_NOT_SET -> new Place(event.getTypeCase(), sequence, 0, 0);
      };
    }

    private static Place of(Event event, long lsn, long ordinal) {
      return new Place(event.getTypeCase(), event.getSequence(), lsn, ordinal);
    }
  }

  private final String name;
  private final FlowOptions options;
  private final RandomGenerator random;
  private Place place;
  private int attempts;

  /**
   * @param name of what is consumed, for logs and errors
   */
  Retries(String name, FlowOptions options, RandomGenerator random) {
    this.name = name;
    this.options = options;
    this.random = random;
  }

  /**
   * A handler failed at the event.
   *
   * @param read the event, for logs and errors
   * @return how many nanoseconds to wait until it is called again
   * @throws ConsumerException if that was once too often
   */
  long failed(Event event, String read, Throwable failure) {
    Place failed = Place.of(event);
    attempts = failed.equals(place) ? attempts + 1 : 1;
    place = failed;
    if (attempts == options.maxAttempts()) {
      throw new ConsumerException(
          ("the handler failed %d times in a row at %s of %s: %s. It and all after it are not"
                  + " acknowledged; mend the handler, or have it pass over what it cannot take")
              .formatted(attempts, read, name, failure),
          failure);
    }
    long delay = options.retry().nanos(attempts, random);
    LOG.log(
        WARNING,
        "%s: the handler failed at %s for the %d. time in a row; it comes again in %d ms"
            .formatted(name, read, attempts, delay / 1_000_000),
        failure);
    return delay;
  }

  /** The event is dealt with. */
  void passed(Event event) {
    if (place != null && Place.of(event).equals(place)) {
      place = null;
      attempts = 0;
    }
  }
}
