package io.tidemark.gateway.delivery;

/** How a consumer gets several messages of one key. */
public enum Ordering {
  /** The next one when the last one is acknowledged: it may work on messages in any order. */
  BY_ACKNOWLEDGEMENT,

  /**
   * At once: it works on them in the order in which they come, and gives back with a message all
   * that it got after it.
   */
  BY_ARRIVAL
}
