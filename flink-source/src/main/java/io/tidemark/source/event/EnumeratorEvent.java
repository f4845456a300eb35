package io.tidemark.source.event;

import io.tidemark.postgres.TableSchema;
import io.tidemark.source.lane.ChunkId;
import io.tidemark.source.lane.Mark;
import java.util.List;
import org.apache.flink.api.connector.source.SourceEvent;

/** From the enumerator to readers. */
public sealed interface EnumeratorEvent extends SourceEvent {
  /** Calls the visitor's method for its kind. */
  void accept(Visitor visitor);

  /** Deals with each kind: another one does not compile until all who are told events do. */
  interface Visitor {
    void dumps(Dumps event);

    void marks(Marks event);

    void markRequest(MarkRequest event);

    void leastPromise(LeastPromise event);

    void chunksEvaluated(ChunksEvaluated event);

    void paused(Paused event);

    void forgetSplits(ForgetSplits event);
  }

  /**
   * All dumps under way: the whole picture. The stream reader arms and disarms tables until it
   * agrees, and emits the ends of dumps that are over; dump readers drop splits of dumps and rounds
   * that are not in it.
   *
   * @param attempt the stream reader's attempt that the counters are of
   * @param systemId the primary's system identifier, which every replica must have
   * @param timeline the timeline that the stream follows
   * @param endOffer 0, or, if nothing is left to do and the stream may end (dump only), the number
   *     of this offer, from 1: one more than the last that was refused
   */
  record Dumps(long attempt, List<ActiveDump> dumps, long systemId, int timeline, long endOffer)
      implements EnumeratorEvent {
    @Override
    public void accept(Visitor visitor) {
      visitor.dumps(this);
    }
  }

  /**
   * A dump under way.
   *
   * @param dump its id
   * @param schema its table, as planned
   * @param armCounter counter of the mark after the arm; -1 until it is known
   * @param voidCounter chunks with older marks that may not have been evaluated are retaken
   * @param round the repair round that is on; 0 if none yet
   * @param takeAll whether the round takes every key again
   * @param finishedRound the newest repair round that is over
   * @param lastRounds whether all its page chunks were evaluated
   * @param high the largest high of its evaluated chunks: a round starts after a mark that reached
   *     it
   * @param ends null while it is under way. Once all of it was emitted: the requests, 0 for the
   *     whole table, of which the stream reader is to emit a {@link
   *     io.tidemark.postgres.change.DumpEnd}
   */
  record ActiveDump(
      long dump,
      TableSchema schema,
      long armCounter,
      long voidCounter,
      int round,
      boolean takeAll,
      int finishedRound,
      boolean lastRounds,
      long high,
      List<Long> ends)
      implements java.io.Serializable {
    /** Whether nothing is left but to tell its end. */
    public boolean isOver() {
      return ends != null;
    }
  }

  /** The newest marks, oldest first. */
  record Marks(List<Mark> marks) implements EnumeratorEvent {
    @Override
    public void accept(Visitor visitor) {
      visitor.marks(this);
    }
  }

  /** The stream reader is to emit a mark at or after this LSN as soon as it can. */
  record MarkRequest(long lsn) implements EnumeratorEvent {
    @Override
    public void accept(Visitor visitor) {
      visitor.markRequest(this);
    }
  }

  /** The least promise of all dump readers, for the bound on touches. */
  record LeastPromise(long attempt, long counter) implements EnumeratorEvent {
    @Override
    public void accept(Visitor visitor) {
      visitor.leastPromise(this);
    }
  }

  /** A lane has evaluated chunks of this reader. */
  record ChunksEvaluated(int lane, List<ChunkId> chunks) implements EnumeratorEvent {
    @Override
    public void accept(Visitor visitor) {
      visitor.chunksEvaluated(this);
    }
  }

  /** From now on the reader is to emit neither changes nor rows; or it is to go on. */
  record Paused(boolean paused) implements EnumeratorEvent {
    @Override
    public void accept(Visitor visitor) {
      visitor.paused(this);
    }
  }

  /** The enumerator holds these as finished: the reader may forget them. */
  record ForgetSplits(List<String> splitIds) implements EnumeratorEvent {
    @Override
    public void accept(Visitor visitor) {
      visitor.forgetSplits(this);
    }
  }
}
