package io.tidemark.gateway.client;

/**
 * Deals with events one after the other: when it returns, the event is dealt with and will be
 * acknowledged. It is called by the consumer's thread, never by two at once.
 *
 * @param <T> what it takes
 */
@FunctionalInterface
public interface Handler<T> {
  /**
   * Deals with it.
   *
   * @throws Exception if it could not: the event and all after it come again, later
   */
  void handle(T event) throws Exception;
}
