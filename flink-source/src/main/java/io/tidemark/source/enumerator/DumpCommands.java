package io.tidemark.source.enumerator;

import io.tidemark.postgres.TableName;
import io.tidemark.source.split.DumpSplit;

/** What {@link DumpCoordinator} wants done; called on the coordinator's thread. */
interface DumpCommands {
  /**
   * Works out the physical tables and page ranges, and answers with {@link
   * DumpCoordinator#planned}.
   */
  void plan(long dump, TableName table);

  /** As {@link #plan}, but some time later: a plan of now would be of no use. */
  void planLater(long dump, TableName table);

  /** Whether the reader can be sent something. One that has failed cannot, until it restarts. */
  boolean isRunning(int subtask);

  /** Hands a split to a reader that runs. */
  void assign(DumpSplit split, int subtask);

  /**
   * Tells every reader {@link DumpCoordinator#picture}, at the latest before the next split is
   * assigned.
   */
  void publish();

  /** Of the request's {@code parts}, {@code read} were read. */
  void requestProgress(long request, int read, int parts);

  /** All rows of the request were emitted. */
  void requestRead(long request);

  /** The request comes to nothing and was forgotten. */
  void requestFailed(long request, String reason);
}
