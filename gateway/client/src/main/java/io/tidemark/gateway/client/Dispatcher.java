package io.tidemark.gateway.client;

import io.tidemark.gateway.event.Skipped;
import io.tidemark.postgres.change.Change;
import java.util.concurrent.CompletionStage;

/** Calls handlers, on the consumer's thread. A stage completes when what came is dealt with. */
interface Dispatcher {
  /** Gives a stage, or null if it is dealt with already. */
  CompletionStage<?> dispatch(Change change) throws Exception;

  /** Gives a stage, or null if it is dealt with already. */
  CompletionStage<?> dispatch(Skipped skipped) throws Exception;
}
