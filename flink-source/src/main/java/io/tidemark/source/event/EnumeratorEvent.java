package io.tidemark.source.event;

import io.tidemark.postgres.TableName;
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

    void published(Published event);

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
   * @param plan of its table
   * @param armCounter counter of the mark after the arm; -1 until it is known
   * @param voidCounter chunks with older marks that may not have been evaluated are retaken
   * @param round the repair round that is on; 0 if none yet
   * @param takeAll whether the round takes every key again
   * @param finishedRound the newest repair round that is over
   * @param lastRounds whether all its page chunks were evaluated
   * @param high the largest high of its evaluated chunks: a round starts after a mark that reached
   *     it
   * @param whole whether all rows of the table are read, unasked
   * @param checkpoint the newest that was begun when the dump was started: those after it hold it
   * @param ends null while it is under way. Once all of it was emitted: the requests, 0 for the
   *     whole table, of which the stream reader is to emit a {@link
   *     io.tidemark.postgres.change.DumpEnd}
   */
  record ActiveDump(
      long dump,
      TablePlan plan,
      long armCounter,
      long voidCounter,
      int round,
      boolean takeAll,
      int finishedRound,
      boolean lastRounds,
      long high,
      boolean whole,
      long checkpoint,
      List<Long> ends)
      implements java.io.Serializable {
    /** Its table, as planned. */
    public TableSchema schema() {
      return plan.schema();
    }

    /** Whether nothing is left but to tell its end. */
    public boolean isOver() {
      return ends != null;
    }
  }

  /**
   * A table as it was when its dump was planned.
   *
   * @param schema its columns, key and published name
   * @param leaves oids of its partitions, if it comes via its root; else its own
   * @param at where it was so
   */
  record TablePlan(TableSchema schema, List<Integer> leaves, Span at)
      implements java.io.Serializable {}

  /**
   * Where in the WAL a catalog was read, as unsigned LSNs: somewhere between.
   *
   * @param before up to which the server had written or replayed all before
   * @param after beyond all that it can have seen
   */
  record Span(long before, long after) implements java.io.Serializable {
    /** Not known: earlier than anything. */
    public static final Span UNKNOWN = new Span(0, 0);
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

  /**
   * What the publication had of the capture's tables when it was looked at.
   *
   * @param attempt the stream reader's attempt
   * @param before an LSN, unsigned, from before the look
   * @param after one from after it
   */
  record Published(long attempt, List<PublishedTable> tables, long before, long after)
      implements EnumeratorEvent {
    @Override
    public void accept(Visitor visitor) {
      visitor.published(this);
    }
  }

  /** A table for {@link Published}: the name that its rows carry, and the oid of that table. */
  record PublishedTable(int oid, TableName name) implements java.io.Serializable {}

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
