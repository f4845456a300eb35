package io.tidemark.gateway.client;

import java.util.concurrent.CompletionStage;

/** Calls handlers, on the consumer's thread. */
@FunctionalInterface
interface Dispatcher {
  /** Completes when the event is dealt with; null if it is already. */
  CompletionStage<?> dispatch(StreamEvent event) throws Exception;
}
