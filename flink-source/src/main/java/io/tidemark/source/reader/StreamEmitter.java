package io.tidemark.source.reader;

import io.tidemark.postgres.Lsn;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.change.Begin;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.ChangeVisitor;
import io.tidemark.postgres.change.Commit;
import io.tidemark.postgres.change.DumpEnd;
import io.tidemark.postgres.change.LogicalMessage;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.change.Truncate;
import io.tidemark.source.event.EnumeratorEvent.Dumps;
import io.tidemark.source.event.ReaderEvent;
import io.tidemark.source.lane.LaneRecord;
import io.tidemark.source.lane.Mark;
import io.tidemark.source.split.StreamSplit;
import io.tidemark.source.split.StreamTable;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Gives the stream's changes to the lanes, and between transactions marks and whatever else the
 * dumps need: see {@link WatchedTables}. Pure: changes in, lane records and events out. On the
 * reader's main thread, so that what a checkpoint holds is exactly what was emitted before its
 * barrier.
 */
final class StreamEmitter {
  private final Options options;
  private final long attempt;
  private final long systemId;
  private final int timeline;
  private final int publicationOid;
  private final LaneRouter lanes;
  private final Consumer<ReaderEvent> events;
  private final XidLog xids;
  private final Arrival arrival = new Arrival();
  private final EmittedPosition at;
  private final WatchedTables watched;

  /** Tables of which something was captured or is to be dumped, by oid: see {@link Renames}. */
  private final Renames names = new Renames();

  /** Emitted with the first change: a checkpoint before it need not know of the transaction. */
  private Begin heldBegin;

  private long markCounter;
  private long markNanos;
  private boolean marked;
  private long wantedLsn;
  private boolean markWanted;

  private Dumps wishes;
  private boolean wishesChanged;
  private boolean ended;

  private long refusedOffer;

  /** Of the last row, to which the next one is likely to be alike. */
  private TableSchema lastSchema;

  private boolean lastCaptured;

  /**
   * What it is to keep to.
   *
   * @param lanes how many lanes
   * @param markIntervalNanos how long after a mark the next is due
   * @param maxTouchBytes bytes of touches per table above which its chunks are voided
   * @param maxPartialKeys keys to repair per table above which some are repaired at once
   * @param canRepair whether there is a place to repair from
   * @param captured which tables' changes are emitted
   */
  record Options(
      int lanes,
      long markIntervalNanos,
      long maxTouchBytes,
      int maxPartialKeys,
      boolean canRepair,
      Predicate<TableName> captured) {}

  /**
   * Goes on from a split; says so to the enumerator.
   *
   * @param attempt random and not 0: names this run
   * @param xids told of every transaction that begins
   */
  StreamEmitter(
      Options options,
      StreamSplit from,
      long attempt,
      LaneOutput out,
      Consumer<ReaderEvent> events,
      XidLog xids) {
    this.options = options;
    this.attempt = attempt;
    this.systemId = from.systemId();
    this.timeline = from.timeline();
    this.publicationOid = from.publicationOid();
    this.lanes = new LaneRouter(options.lanes(), out);
    this.events = events;
    this.xids = xids;
    this.at = new EmittedPosition(from.position());
    this.markCounter = from.markCounter();
    this.watched = new WatchedTables(options, attempt, lanes, events, names);
    for (StreamTable table : from.tables()) {
      names.restore(table);
      if (!Renames.isNameOnly(table)) {
        watched.restore(table);
      }
    }
    events.accept(new ReaderEvent.StreamStarted(attempt, from.checkpoint(), watched.armed()));
  }

  /** Arms the lanes, which begin without state, as the state has it; before the first change. */
  void begin() {
    watched.armLanes();
  }

  /**
   * Emits one change.
   *
   * @param lsn the change's own LSN
   * @param nanos now, on a monotonic clock
   */
  void accept(Change change, long lsn, long nanos) {
    arrival.lsn = lsn;
    arrival.nanos = nanos;
    change.accept(arrival);
  }

  /** Emits by kind. One object, as there is a change at a time. */
  private final class Arrival implements ChangeVisitor<Void, RuntimeException> {
    private long lsn;
    private long nanos;

    @Override
    public Void row(RowChange row) {
      openChange(row.ordinal());
      if (isCaptured(row.schema(), lsn)) {
        watched.watch(row, markCounter + 1);
        lanes.emit(row);
      }
      return null;
    }

    @Override
    public Void begin(Begin begin) {
      heldBegin = begin;
      xids.emitted(begin.xid());
      at.begun(begin.position().commitLsn());
      return null;
    }

    @Override
    public Void commit(Commit commit) {
      if (options.lanes() == 1 && heldBegin == null) {
        lanes.emitInOrder(commit);
      }
      heldBegin = null;
      at.committed(commit.endLsn());
      betweenTransactions(nanos);
      return null;
    }

    @Override
    public Void truncate(Truncate truncate) {
      openChange(truncate.position().ordinal());
      watched.truncated(truncate.schema());
      if (isCaptured(truncate.schema(), lsn)) {
        lanes.toAll(lane -> new LaneRecord.Stream(lane, truncate));
      }
      return null;
    }

    @Override
    public Void message(LogicalMessage message) {
      if (message.transactional()) {
        openChange(message.position().ordinal());
      } else {
        // Past the message: a restore from here does not see it again.
        at.reached(message.position().commitLsn() + 1);
      }
      lanes.emitInOrder(message);
      return null;
    }

    @Override
    public Void dumpEnd(DumpEnd end) {
      throw new IllegalStateException("the server's stream has no " + end);
    }

    private void openChange(long ordinal) {
      emitBegin();
      at.changed(ordinal, lsn);
    }
  }

  /** The publication may have more tables than are wanted. */
  private boolean isCaptured(TableSchema schema, long lsn) {
    if (!schema.equals(lastSchema)) {
      lastCaptured = options.captured().test(schema.name());
      names.check(schema, lastCaptured, lsn);
      lastSchema = schema;
    }
    return lastCaptured;
  }

  private void emitBegin() {
    if (heldBegin != null) {
      if (options.lanes() == 1) {
        lanes.emitInOrder(heldBegin);
      }
      heldBegin = null;
    }
  }

  /** Every transaction with an end LSN up to {@code lsn} was given to {@link #accept}. */
  void heartbeat(long lsn, long nanos) {
    if (at.inTransaction()) {
      throw new IllegalStateException(
          "heartbeat at "
              + Lsn.format(lsn)
              + " inside the transaction that commits at "
              + Lsn.format(at.openCommitLsn()));
    }
    at.reached(lsn);
    betweenTransactions(nanos);
  }

  /** The dumps under way have changed; takes effect between two transactions. */
  void wish(Dumps dumps) {
    if (dumps.attempt() == attempt) {
      wishes = dumps;
      wishesChanged = true;
    }
  }

  /** A mark at or after this LSN is wanted soon. */
  void wantMark(long lsn) {
    wantedLsn = Lsn.max(wantedLsn, lsn);
    markWanted = true;
  }

  void leastPromise(long inAttempt, long counter) {
    if (inAttempt == attempt) {
      watched.promised(counter);
    }
  }

  /** Whether the stream was asked to end and has. */
  boolean hasEnded() {
    return ended;
  }

  /** Whether a mark beyond the present position is wanted, so that the server should be asked. */
  boolean wantsProgress() {
    return markWanted && !at.inTransaction() && Lsn.compare(at.lsn(), wantedLsn) < 0;
  }

  /** The LSN up to which all was emitted: feedback for the slot once a checkpoint has it. */
  long restartLsn() {
    return at.lsn();
  }

  long markCounter() {
    return markCounter;
  }

  long keysToRepair() {
    return watched.keysToRepair();
  }

  long touchBytes() {
    return watched.touchBytes();
  }

  /** What this checkpoint holds; its barrier follows. */
  StreamSplit snapshot(long checkpoint) {
    List<StreamTable> tables = new ArrayList<>(watched.state());
    tables.addAll(names.state());
    return new StreamSplit(
        at.state(),
        systemId,
        timeline,
        publicationOid,
        markCounter,
        tables,
        xids.state(),
        checkpoint);
  }

  private void betweenTransactions(long nanos) {
    boolean armed = false;
    if (wishesChanged) {
      wishesChanged = false;
      armed = watched.follow(wishes, at.lsn(), this::wantMark);
    }
    boolean voided = watched.emitVoids(markCounter + 1);
    boolean reached = markWanted && Lsn.compare(at.lsn(), wantedLsn) >= 0;
    boolean due = !marked || nanos - markNanos >= options.markIntervalNanos();
    if (due || armed || voided || reached || watched.isRoundDue(at.lsn())) {
      emitMark(nanos);
    }
    if (wishes != null && wishes.endOffer() > refusedOffer && !ended) {
      answerEndOffer();
    }
  }

  /**
   * Ends, unless the offer may have been made before the enumerator heard of a dump that was asked
   * for: then it is told after that, and offers the end again once there is no such dump any more.
   */
  private void answerEndOffer() {
    if (watched.takeAsked()) {
      refusedOffer = wishes.endOffer();
      events.accept(new ReaderEvent.EndRefused(refusedOffer));
    } else {
      ended = true;
      events.accept(new ReaderEvent.StreamEnded());
    }
  }

  private void emitMark(long nanos) {
    watched.beforeMark(markCounter);
    markCounter++;
    Mark mark = new Mark(attempt, markCounter, at.lsn());
    lanes.toAll(lane -> new LaneRecord.Marked(lane, mark));
    marked = true;
    markNanos = nanos;
    if (Lsn.compare(at.lsn(), wantedLsn) >= 0) {
      markWanted = false;
    }
    events.accept(new ReaderEvent.MarkEmitted(mark));
    watched.afterMark(mark);
  }
}
