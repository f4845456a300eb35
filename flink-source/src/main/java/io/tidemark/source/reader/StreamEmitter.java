package io.tidemark.source.reader;

import io.tidemark.postgres.Lsn;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.change.Begin;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.ChangeVisitor;
import io.tidemark.postgres.change.Commit;
import io.tidemark.postgres.change.Ddl;
import io.tidemark.postgres.change.DumpEnd;
import io.tidemark.postgres.change.LogicalMessage;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.change.SchemaChange;
import io.tidemark.postgres.change.Truncate;
import io.tidemark.source.event.EnumeratorEvent.Dumps;
import io.tidemark.source.event.EnumeratorEvent.Published;
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

  /** No lane was told anything yet. */
  private boolean isFresh;

  private final WatchedTables watched;
  private final TableChanges changes;

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

  /**
   * What it is to keep to.
   *
   * @param lanes how many lanes
   * @param markIntervalNanos how long after a mark the next is due
   * @param maxTouchBytes bytes of touches per table above which its chunks are voided
   * @param maxPartialKeys keys to repair per table above which some are repaired at once
   * @param canRepair whether there is a place to repair from
   * @param captured which tables' changes are emitted
   * @param publication that is streamed
   * @param dumps whether tables are dumped that nobody asked for
   * @param dumpsRewritten whether tables are dumped again that a statement wrote anew
   */
  record Options(
      int lanes,
      long markIntervalNanos,
      long maxTouchBytes,
      int maxPartialKeys,
      boolean canRepair,
      Predicate<TableName> captured,
      String publication,
      boolean dumps,
      boolean dumpsRewritten) {}

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
    this.isFresh = from.checkpoint() == 0;
    this.markCounter = from.markCounter();
    this.watched = new WatchedTables(options, attempt, lanes, events);
    this.changes = new TableChanges(options, lanes, events, watched, at.nextLsn());
    for (StreamTable table : from.tables()) {
      changes.restore(table);
      if (!CapturedTables.isNameOnly(table)) {
        watched.restore(table);
      }
    }
    events.accept(
        new ReaderEvent.StreamStarted(
            attempt, from.checkpoint(), watched.armed(), changes.names()));
    changes.tellGone();
  }

  /**
   * Arms the lanes, which begin without state, as the state has it, and at a fresh start tells them
   * of the tables; before the first change.
   */
  void begin() {
    if (isFresh) {
      isFresh = false;
      changes.tellAll(at.lsn());
    }
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
      if (changes.isCaptured(row.schema(), row, row.xid())) {
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
      changes.committed();
      betweenTransactions(nanos);
      return null;
    }

    @Override
    public Void truncate(Truncate truncate) {
      openChange(truncate.position().ordinal());
      if (changes.isCaptured(truncate.schema(), truncate, truncate.xid())) {
        watched.truncated(truncate.schema());
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

    @Override
    public Void ddl(Ddl ddl) {
      openChange(ddl.position().ordinal());
      lanes.emitInOrder(ddl);
      changes.statement(ddl);
      return null;
    }

    @Override
    public Void schemaChange(SchemaChange change) {
      emitBegin();
      changes.structure(change);
      return null;
    }

    private void openChange(long ordinal) {
      emitBegin();
      at.changed(ordinal, lsn);
    }
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

  /** The publication was looked at; takes effect between two transactions. */
  void look(Published published) {
    if (published.attempt() == attempt) {
      changes.look(published);
      wantMark(published.after());
    }
  }

  /** The captured tables as they are at the present position. */
  List<TableSchema> tables() {
    return changes.tables();
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
    List<StreamTable> tables = new ArrayList<>(watched.state(checkpoint));
    tables.addAll(changes.state());
    return new StreamSplit(
        at.state(),
        systemId,
        timeline,
        publicationOid,
        markCounter,
        tables,
        xids.state(),
        isFresh ? 0 : checkpoint);
  }

  private void betweenTransactions(long nanos) {
    boolean armed = false;
    changes.betweenTransactions(at.lsn());
    boolean awaited = changes.awaited().filter(lsn -> Lsn.compare(at.lsn(), lsn) >= 0).isPresent();
    if (wishesChanged || awaited) {
      wishesChanged = false;
      changes.dumpsAreAsked();
      armed =
          watched.follow(wishes, at.lsn(), dump -> changes.dumped(dump, at.lsn()), this::wantMark);
      changes.awaited().ifPresent(this::wantMark);
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
