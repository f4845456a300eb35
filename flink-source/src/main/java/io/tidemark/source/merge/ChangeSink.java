package io.tidemark.source.merge;

import io.tidemark.postgres.change.Change;

/** Where a lane's changes go, in their order. */
@FunctionalInterface
public interface ChangeSink {
  /** Takes the next change. */
  void accept(Change change);
}
