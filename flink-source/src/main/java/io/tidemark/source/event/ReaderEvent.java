package io.tidemark.source.event;

import io.tidemark.postgres.TableName;
import io.tidemark.source.lane.ChunkId;
import io.tidemark.source.lane.Mark;
import java.util.List;
import org.apache.flink.api.connector.source.SourceEvent;

/** From a reader, or from a lane of the merge, to the enumerator. */
public sealed interface ReaderEvent extends SourceEvent {
  /** Calls the visitor's method for its kind. Subtask is the reader it comes from. */
  void accept(int subtask, Visitor visitor);

  /** Deals with each kind: another one does not compile until all who are told events do. */
  interface Visitor {
    void streamStarted(int subtask, StreamStarted event);

    void withoutStream(int subtask, WithoutStream event);

    void streamEnded(int subtask, StreamEnded event);

    void endRefused(int subtask, EndRefused event);

    void readerFails(int subtask, ReaderFails event);

    void markEmitted(int subtask, MarkEmitted event);

    void tableArmed(int subtask, TableArmed event);

    void dumpEnded(int subtask, DumpEnded event);

    void tableVoided(int subtask, TableVoided event);

    void keysToRepair(int subtask, KeysToRepair event);

    void repairWanted(int subtask, RepairWanted event);

    void repairUrgent(int subtask, RepairUrgent event);

    void markWanted(int subtask, MarkWanted event);

    void promised(int subtask, Promised event);

    void chunksEvaluated(int subtask, ChunksEvaluated event);

    void splitsFinished(int subtask, SplitsFinished event);

    void planStale(int subtask, PlanStale event);

    void planElsewhere(int subtask, PlanElsewhere event);

    void readDenied(int subtask, ReadDenied event);

    void tableCame(int subtask, TableCame event);

    void tableGone(int subtask, TableGone event);

    void tableRenamed(int subtask, TableRenamed event);

    void lookWanted(int subtask, LookWanted event);
  }

  /**
   * The stream reader starts. Everything said in the name of another attempt is void from here on.
   *
   * @param attempt the new attempt
   * @param checkpoint the one that this run of all readers goes on from; 0 if from none
   * @param tables what it has armed, from its state
   * @param captured all tables that it has heard of: what was dumped of another one is of a table
   *     that has gone
   */
  record StreamStarted(
      long attempt, long checkpoint, List<ArmedTable> tables, List<TableName> captured)
      implements ReaderEvent {
    @Override
    public void accept(int subtask, Visitor visitor) {
      visitor.streamStarted(subtask, this);
    }
  }

  /**
   * A table that the stream reader holds, for {@link StreamStarted}.
   *
   * @param dump the dump it is armed for; 0 if it only has keys to repair
   * @param armCounter counter of the mark after the arm
   */
  record ArmedTable(TableName table, long dump, long armCounter) implements java.io.Serializable {}

  /** The reader starts without the stream; it may be on its way to it. */
  record WithoutStream() implements ReaderEvent {
    @Override
    public void accept(int subtask, Visitor visitor) {
      visitor.withoutStream(subtask, this);
    }
  }

  /** The stream reader was offered to end and has emitted all. */
  record StreamEnded() implements ReaderEvent {
    @Override
    public void accept(int subtask, Visitor visitor) {
      visitor.streamEnded(subtask, this);
    }
  }

  /**
   * The stream reader does not end the stream: something that it asked for may not have been heard
   * of when the end was offered.
   *
   * @param offer of {@link EnumeratorEvent.Dumps}
   */
  record EndRefused(long offer) implements ReaderEvent {
    @Override
    public void accept(int subtask, Visitor visitor) {
      visitor.endRefused(subtask, this);
    }
  }

  /**
   * The reader is about to fail. Nothing may be sent to it any more: an event for a task that does
   * not run fails the job itself, and would hide the cause.
   */
  record ReaderFails() implements ReaderEvent {
    @Override
    public void accept(int subtask, Visitor visitor) {
      visitor.readerFails(subtask, this);
    }
  }

  /** A mark was emitted into every lane. */
  record MarkEmitted(Mark mark) implements ReaderEvent {
    @Override
    public void accept(int subtask, Visitor visitor) {
      visitor.markEmitted(subtask, this);
    }
  }

  /** A table was armed for the dump, and the mark with this counter emitted. */
  record TableArmed(long attempt, long dump, long counter) implements ReaderEvent {
    @Override
    public void accept(int subtask, Visitor visitor) {
      visitor.tableArmed(subtask, this);
    }
  }

  /** The ends of a dump that is over were emitted into every lane. */
  record DumpEnded(long attempt, long dump) implements ReaderEvent {
    @Override
    public void accept(int subtask, Visitor visitor) {
      visitor.dumpEnded(subtask, this);
    }
  }

  /**
   * A table's unevaluated chunks with marks before {@code counter} were voided.
   *
   * @param planAgain whether the table itself changed, so that its plan no longer holds
   */
  record TableVoided(long attempt, TableName table, long counter, boolean planAgain)
      implements ReaderEvent {
    @Override
    public void accept(int subtask, Visitor visitor) {
      visitor.tableVoided(subtask, this);
    }
  }

  /**
   * The answer to a repair round.
   *
   * @param counter counter of the mark that was emitted after the keys were taken
   * @param keys the bytes of each {@link io.tidemark.postgres.RowKey}
   */
  record KeysToRepair(long attempt, long dump, int round, long counter, List<byte[]> keys)
      implements ReaderEvent {
    @Override
    public void accept(int subtask, Visitor visitor) {
      visitor.keysToRepair(subtask, this);
    }
  }

  /** A table that is not under dump has keys to repair. */
  record RepairWanted(TableName table) implements ReaderEvent {
    @Override
    public void accept(int subtask, Visitor visitor) {
      visitor.repairWanted(subtask, this);
    }
  }

  /** A table under dump has more keys to repair than it should keep: repair some now. */
  record RepairUrgent(long attempt, long dump) implements ReaderEvent {
    @Override
    public void accept(int subtask, Visitor visitor) {
      visitor.repairUrgent(subtask, this);
    }
  }

  /** A chunk ended; a mark at or after its high lets it be evaluated. */
  record MarkWanted(long lsn) implements ReaderEvent {
    @Override
    public void accept(int subtask, Visitor visitor) {
      visitor.markWanted(subtask, this);
    }
  }

  /** No later chunk of this subtask uses an older mark; only throttles. */
  record Promised(long attempt, long counter) implements ReaderEvent {
    @Override
    public void accept(int subtask, Visitor visitor) {
      visitor.promised(subtask, this);
    }
  }

  /**
   * A lane has evaluated chunks: all that it emits of them is emitted. The only thing that lanes
   * say.
   *
   * @param chunks of any readers
   */
  record ChunksEvaluated(int lane, List<ChunkId> chunks) implements ReaderEvent {
    @Override
    public void accept(int subtask, Visitor visitor) {
      visitor.chunksEvaluated(subtask, this);
    }
  }

  /** Splits of which every lane has evaluated every chunk; repeated until answered. */
  record SplitsFinished(List<FinishedSplit> splits) implements ReaderEvent {
    @Override
    public void accept(int subtask, Visitor visitor) {
      visitor.splitsFinished(subtask, this);
    }
  }

  /**
   * A split for {@link SplitsFinished}.
   *
   * @param high the largest high of its chunks, unsigned
   */
  record FinishedSplit(String splitId, long dump, long high) implements java.io.Serializable {}

  /**
   * The table is not what was planned.
   *
   * @param reason what changed, for the log
   */
  record PlanStale(long dump, String reason) implements ReaderEvent {
    @Override
    public void accept(int subtask, Visitor visitor) {
      visitor.planStale(subtask, this);
    }
  }

  /**
   * The plan is of another place than the stream has got to: there its table has another name, or
   * another table has its name. It is to be planned again, but not at once: the stream may be far
   * behind.
   */
  record PlanElsewhere(long dump) implements ReaderEvent {
    @Override
    public void accept(int subtask, Visitor visitor) {
      visitor.planElsewhere(subtask, this);
    }
  }

  /**
   * The role may not read the table. It is to be planned again, but not at once: somebody has to
   * grant it, and a standby to replay that.
   *
   * @param reason what the server said
   */
  record ReadDenied(long dump, String reason) implements ReaderEvent {
    @Override
    public void accept(int subtask, Visitor visitor) {
      visitor.readDenied(subtask, this);
    }
  }

  /** A table is published that the stream reader has not heard of. */
  record TableCame(TableName table) implements ReaderEvent {
    @Override
    public void accept(int subtask, Visitor visitor) {
      visitor.tableCame(subtask, this);
    }
  }

  /**
   * A table is captured no more: one of that name that comes is another one.
   *
   * @param oid its own: a dump that is planned of another table of that name goes on
   */
  record TableGone(TableName table, int oid) implements ReaderEvent {
    @Override
    public void accept(int subtask, Visitor visitor) {
      visitor.tableGone(subtask, this);
    }
  }

  /**
   * A table has another name, under which it is captured.
   *
   * @param oid as for {@link TableGone}
   */
  record TableRenamed(TableName before, TableName after, int oid) implements ReaderEvent {
    @Override
    public void accept(int subtask, Visitor visitor) {
      visitor.tableRenamed(subtask, this);
    }
  }

  /** What is published may have changed: the publication is to be looked at. */
  record LookWanted() implements ReaderEvent {
    @Override
    public void accept(int subtask, Visitor visitor) {
      visitor.lookWanted(subtask, this);
    }
  }
}
