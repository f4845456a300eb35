package io.tidemark.gateway.delivery;

/**
 * Something that a consumer is to acknowledge.
 *
 * @param sequence its place in the merge's order, from 1: larger than that of any message before
 * @param kind what order means for it
 * @param key hash of its row's key; 0 if it has none
 * @param oldKey hash of the key that the row had before; {@code key} unless it moved
 * @param payload what is delivered
 * @param <T> type of the payload
 */
public record Message<T>(long sequence, Kind kind, int key, int oldKey, T payload) {
  /** What order means for a message. */
  public enum Kind {
    /** A row's: comes after all that concerns its key, and before what is newer of it. */
    ROW,

    /** Where a transaction begins or ends: of worth only for one who gets all that is between. */
    BOUNDARY,

    /** Comes after everything older, and before everything newer. */
    BARRIER
  }

  /** A message of a row that kept its key. */
  public static <T> Message<T> row(long sequence, int key, T payload) {
    return new Message<>(sequence, Kind.ROW, key, key, payload);
  }
}
