package io.tidemark.source;

import java.io.Serializable;
import java.util.List;

/**
 * Where dumps on demand come from, and what tells the capture to pause: a port, which whoever
 * drives the capture from outside implements. Goes to the JobManager with the configuration.
 *
 * <p>The life of a request:
 *
 * <ol>
 *   <li>{@link Listener#requested} has it. It waits while another dump of its table is under way.
 *   <li>All that wait for a table are read together. The rows of each come out of the capture as
 *       READs that carry its id; see {@link io.tidemark.postgres.change.RowChange#dumpRequest}.
 *   <li>Behind them comes a {@link io.tidemark.postgres.change.DumpEnd} of the request, in each
 *       lane: who handles the rows has all of them then.
 *   <li>{@link Session#read} or {@link Session#failed} has the outcome.
 *   <li>A request that was read is kept as such until {@link Listener#closed}; one that failed is
 *       forgotten at once.
 * </ol>
 *
 * <p>Checkpoints hold what was asked for and not closed, so that a restored capture goes on with
 * it. What came after the checkpoint is not in it, and has to be asked for again: {@link #open} is
 * given what is held. A restore can also take back that a request was read; then its rows come
 * again, and it is told again, also in the session that is open. One that fails after a restore,
 * before the session is open, is told nobody: it is not held, and has to be asked for again, too.
 *
 * <p>A row that the stream has told in full since the request was asked for need not come as a
 * READ. Whoever has seen the stream and these READs knows, at the request's end, every row that lay
 * in its pages, or had one of its keys, throughout.
 */
public interface DumpRequests extends Serializable {
  /**
   * Begins to tell the listener. Called once by each enumerator that starts, on the coordinator's
   * thread; must not block. A new session counts as not paused.
   *
   * @param held what the restored state was asked for and not told closed; empty at a fresh start
   */
  Session open(Listener listener, List<Held> held);

  /**
   * A request that the state holds.
   *
   * @param request its id
   * @param read whether all its rows were emitted
   */
  record Held(long request, boolean read) {}

  /**
   * What the capture listens to. May be called from any thread, also within {@link #open}, and
   * returns at once. After {@link Session#close} calls are ignored.
   */
  interface Listener {
    /** Rows are wanted. One that is held already is ignored. */
    void requested(DumpRequest request);

    /**
     * The request is done with, or no longer wanted: it is forgotten, and what of it is not begun
     * is dropped. Rows of what was begun can still come.
     */
    void closed(long request);

    /**
     * Whether the capture is to emit nothing, neither of the stream nor of dumps. It takes effect
     * soon, not at once, and can cut a transaction. Checkpoints go on meanwhile, and the slot keeps
     * the WAL that has not been emitted.
     */
    void paused(boolean paused);

    /** The session cannot go on: the job fails, and restarts if its strategy says so. */
    void failed(Throwable cause);
  }

  /** What the capture tells. Called on the coordinator's thread; must not block. */
  interface Session extends AutoCloseable {
    /**
     * How far a request is that is being read. It goes back when its table has to be planned anew.
     *
     * @param read parts that were read; after a restart of the enumerator, of those that were left
     * @param parts about as large as each other; more than 0
     */
    default void progress(long request, int read, int parts) {}

    /** The end of the request was emitted: for who asks, and does not see the changes. */
    void read(long request);

    /**
     * The request comes to nothing, and is forgotten: its table is not one of the capture's, does
     * not exist or is not published any more, or its keys are none of the table's.
     *
     * @param reason names the table, and quotes no key
     */
    void failed(long request, String reason);

    /** The enumerator ends, perhaps to be restored. What is asked for stays in the state. */
    @Override
    void close();
  }
}
