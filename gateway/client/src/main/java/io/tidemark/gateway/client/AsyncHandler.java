package io.tidemark.gateway.client;

import java.util.concurrent.CompletionStage;

/**
 * Deals with events while others are still being dealt with: an event will be acknowledged when the
 * stage that it gave, and those of all events before, are complete. It is called by the consumer's
 * thread, in the order of the stream, without waiting for the stages of earlier calls; but for a
 * TRUNCATE, which waits for all of them, and for which all wait.
 *
 * @param <T> what it takes
 */
@FunctionalInterface
public interface AsyncHandler<T> {
  /**
   * Begins to deal with it.
   *
   * @return completes when it is dealt with; if it fails, the event and all after it come again
   * @throws Exception if it could not even begin: as if the stage had failed
   */
  CompletionStage<?> handle(T event) throws Exception;
}
