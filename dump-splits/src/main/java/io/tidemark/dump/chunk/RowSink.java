package io.tidemark.dump.chunk;

/** Takes a chunk's rows, on the thread that reads it. */
@FunctionalInterface
public interface RowSink {
  /**
   * Takes one row; the array belongs to the sink from now on.
   *
   * @param tuple exactly one tuple in {@link io.tidemark.postgres.Tuple.Layout#COPY}
   * @throws InterruptedException if the sink waited for room and was interrupted; the chunk then
   *     fails and its session is closed
   */
  void row(byte[] tuple) throws InterruptedException;
}
