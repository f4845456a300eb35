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
import io.tidemark.postgres.change.Op;
import io.tidemark.postgres.change.Position;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.change.Truncate;
import io.tidemark.postgres.stream.StreamPosition;
import io.tidemark.source.event.EnumeratorEvent.ActiveDump;
import io.tidemark.source.event.EnumeratorEvent.Dumps;
import io.tidemark.source.event.ReaderEvent;
import io.tidemark.source.event.ReaderEvent.ArmedTable;
import io.tidemark.source.record.LaneRecord;
import io.tidemark.source.record.Mark;
import io.tidemark.source.split.StreamSplit;
import io.tidemark.source.split.StreamTable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Gives the stream's changes to the lanes, and between transactions whatever the dumps need: marks,
 * arms, voids, the keys of a repair. Pure: changes in, lane records and events out. On the reader's
 * main thread, so that what a checkpoint holds is exactly what was emitted before its barrier.
 */
final class StreamEmitter {
  /** A dump is given up, and begun anew, when it has so many times the keys that are too many. */
  private static final int KEYS_LIMIT_FACTOR = 8;

  private final Options options;
  private final long attempt;
  private final long systemId;
  private final int timeline;
  private final int publicationOid;
  private final LaneRouter lanes;
  private final Consumer<ReaderEvent> events;
  private final XidLog xids;
  private final Arrival arrival = new Arrival();
  private final Map<TableName, WatchedTable> tables = new HashMap<>();

  /** Where the stream goes on: see {@link StreamPosition}. */
  private long restartLsn;

  private boolean inTransaction;

  /** Emitted with the first change: a checkpoint before it need not know of the transaction. */
  private Begin heldBegin;

  private long openCommitLsn;
  private long openOrdinal;
  private long openChangeLsn;

  private long markCounter;
  private long markNanos;
  private boolean marked;
  private long wantedLsn;
  private boolean markWanted;

  private Dumps wishes;
  private boolean wishesChanged;
  private final List<ActiveDump> pendingRounds = new ArrayList<>();
  private final Set<TableName> toVoid = new HashSet<>();
  private final Set<TableName> toPlanAgain = new HashSet<>();
  private boolean ended;

  /** Dumps that are over, of which the ends were emitted and the enumerator may not have heard. */
  private final Set<Long> endedDumps = new HashSet<>();

  /** Tables whose repair was asked for since the last mark: not once for every key. */
  private final Set<TableName> askedSinceMark = new HashSet<>();

  /** Since the last refused offer to end, or since the start, as the state may ask for dumps. */
  private boolean askedForDumps = true;

  private long refusedOffer;

  /** Of the last row, to which the next one is likely to be alike. */
  private TableSchema lastSchema;

  private boolean lastCaptured;

  /** Tables of which something was captured or is to be dumped, by oid: see {@link Renames}. */
  private final Renames names = new Renames();

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
    StreamPosition position = from.position();
    this.restartLsn = position.lsn();
    this.inTransaction = position.isCut();
    this.openCommitLsn = position.commitLsn();
    this.openOrdinal = position.ordinal();
    this.openChangeLsn = position.changeLsn();
    this.markCounter = from.markCounter();
    for (StreamTable table : from.tables()) {
      names.restore(table);
      if (Renames.isNameOnly(table)) {
        continue;
      }
      tables.put(table.table(), WatchedTable.restore(table, options.lanes() > 1));
      if (tables.get(table.table()).isGivenUp()) {
        toVoid.add(table.table());
        toPlanAgain.add(table.table());
      }
    }
    events.accept(new ReaderEvent.StreamStarted(attempt, from.checkpoint(), armedTables()));
  }

  private List<ArmedTable> armedTables() {
    List<ArmedTable> armed = new ArrayList<>();
    for (WatchedTable table : tables.values()) {
      armed.add(new ArmedTable(table.name, table.dump, table.armCounter));
    }
    return armed;
  }

  /** Arms the lanes, which begin without state, as the state has it; before the first change. */
  void begin() {
    for (WatchedTable table : tables.values()) {
      if (table.isArmed()) {
        lanes.toAll(lane -> new LaneRecord.Arm(lane, table.name));
      }
    }
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
        watch(row);
        lanes.emit(row);
      }
      return null;
    }

    @Override
    public Void begin(Begin begin) {
      inTransaction = true;
      heldBegin = begin;
      xids.emitted(begin.xid());
      openCommitLsn = begin.position().commitLsn();
      openOrdinal = 0;
      openChangeLsn = 0;
      return null;
    }

    @Override
    public Void commit(Commit commit) {
      if (options.lanes() == 1 && heldBegin == null) {
        lanes.emitInOrder(commit);
      }
      heldBegin = null;
      restartLsn = commit.endLsn();
      inTransaction = false;
      openCommitLsn = 0;
      openOrdinal = 0;
      openChangeLsn = 0;
      betweenTransactions(nanos);
      return null;
    }

    @Override
    public Void truncate(Truncate truncate) {
      openChange(truncate.position().ordinal());
      WatchedTable table = tables.get(truncate.schema().name());
      if (table != null) {
        table.truncated();
      }
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
        restartLsn = Lsn.max(restartLsn, message.position().commitLsn() + 1);
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
      openOrdinal = ordinal;
      openChangeLsn = lsn;
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
    if (inTransaction) {
      throw new IllegalStateException(
          "heartbeat at "
              + Lsn.format(lsn)
              + " inside the transaction that commits at "
              + Lsn.format(openCommitLsn));
    }
    restartLsn = Lsn.max(restartLsn, lsn);
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
      tables.values().forEach(table -> table.promised(counter));
    }
  }

  /** Whether the stream was asked to end and has. */
  boolean hasEnded() {
    return ended;
  }

  /** Whether a mark beyond the present position is wanted, so that the server should be asked. */
  boolean wantsProgress() {
    return markWanted && !inTransaction && Lsn.compare(restartLsn, wantedLsn) < 0;
  }

  /** The LSN up to which all was emitted: feedback for the slot once a checkpoint has it. */
  long restartLsn() {
    return restartLsn;
  }

  long markCounter() {
    return markCounter;
  }

  long keysToRepair() {
    return tables.values().stream().mapToLong(WatchedTable::keyCount).sum();
  }

  long touchBytes() {
    return tables.values().stream().mapToLong(WatchedTable::touchBytes).sum();
  }

  /** What this checkpoint holds; its barrier follows. */
  StreamSplit snapshot(long checkpoint) {
    return new StreamSplit(
        openOrdinal == 0
            ? StreamPosition.at(restartLsn)
            : new StreamPosition(restartLsn, openCommitLsn, openOrdinal, openChangeLsn),
        systemId,
        timeline,
        publicationOid,
        markCounter,
        tableStates(),
        xids.state(),
        checkpoint);
  }

  private List<StreamTable> tableStates() {
    List<StreamTable> states = new ArrayList<>();
    tables.values().forEach(table -> states.add(table.state()));
    states.addAll(names.state());
    return states;
  }

  private void watch(RowChange row) {
    WatchedTable table = tables.get(row.schema().name());
    if (table == null) {
      if (!needsRepairUnwatched(row)) {
        return;
      }
      table = new WatchedTable(row.schema().name(), options.lanes() > 1);
      tables.put(table.name, table);
    }
    switch (table.see(row.schema())) {
      case NONE -> {}
      case CHANGED -> toVoid.add(table.name);
      case PLAN_STALE -> {
        toVoid.add(table.name);
        toPlanAgain.add(table.name);
      }
    }
    int keys = table.keyCount();
    table.track(row);
    if (table.isArmed()) {
      bound(table);
    } else if (table.keyCount() > keys && askedSinceMark.add(table.name)) {
      // Also if there are keys already: a dump that was asked for them may have come to nothing.
      askForRepair(table.name);
    }
  }

  /** Within a transaction too, however large it is: there is no mark before its end. */
  private void bound(WatchedTable table) {
    if (table.touchBytes() > options.maxTouchBytes()) {
      // The lanes need no touch from before the mark that the void waits for.
      table.forgetTouches();
      lanes.toAll(lane -> new LaneRecord.VoidChunks(lane, table.name, markCounter + 1));
      toVoid.add(table.name);
    }
    if (table.keyCount() > KEYS_LIMIT_FACTOR * (long) options.maxPartialKeys()) {
      giveUp(table);
    }
  }

  private void giveUp(WatchedTable table) {
    table.giveUp();
    toVoid.add(table.name);
    toPlanAgain.add(table.name);
  }

  private boolean needsRepairUnwatched(RowChange row) {
    if (!options.canRepair() || row.newTuple() == null || !row.newTuple().isPartial()) {
      return false;
    }
    return row.op() == Op.INSERT
        || (options.lanes() > 1 && !row.oldTupleIsFull() && lanes.isMove(row));
  }

  private void betweenTransactions(long nanos) {
    boolean armed = false;
    if (wishesChanged) {
      wishesChanged = false;
      armed = follow(wishes);
    }
    boolean voided = emitVoids();
    boolean reached = markWanted && Lsn.compare(restartLsn, wantedLsn) >= 0;
    boolean due = !marked || nanos - markNanos >= options.markIntervalNanos();
    if (due || armed || voided || reached || isRoundDue()) {
      emitMark(nanos);
      startRounds();
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
    if (askedForDumps) {
      askedForDumps = false;
      refusedOffer = wishes.endOffer();
      events.accept(new ReaderEvent.EndRefused(refusedOffer));
    } else {
      ended = true;
      events.accept(new ReaderEvent.StreamEnded());
    }
  }

  private void askForRepair(TableName table) {
    askedForDumps = true;
    events.accept(new ReaderEvent.RepairWanted(table));
  }

  /** Arms and disarms until the tables agree with the dumps; tells whether one was armed. */
  private boolean follow(Dumps dumps) {
    boolean armed = false;
    pendingRounds.clear();
    Set<TableName> wished = new HashSet<>();
    endedDumps.retainAll(dumps.dumps().stream().map(ActiveDump::dump).toList());
    for (ActiveDump dump : dumps.dumps()) {
      TableName name = dump.schema().name();
      if (dump.isOver()) {
        end(dump);
        continue;
      }
      wished.add(name);
      names.captured(dump.schema());
      WatchedTable table =
          tables.computeIfAbsent(name, n -> new WatchedTable(n, options.lanes() > 1));
      if (table.isGivenUp() && table.dump == dump.dump()) {
        continue;
      }
      if (table.plan(dump.schema())) {
        toVoid.add(name);
      }
      if (table.dump != dump.dump()) {
        if (table.isArmed()) {
          toVoid.add(name);
        }
        table.arm(dump.dump());
        lanes.toAll(lane -> new LaneRecord.Arm(lane, name));
        armed = true;
        if (!table.hasReadableKeys()) {
          giveUp(table);
          continue;
        }
      }
      table.roundFinished(dump.finishedRound());
      table.lastRounds = dump.lastRounds();
      if (dump.round() > table.round) {
        pendingRounds.add(dump);
        wantMark(dump.high());
      }
    }
    for (WatchedTable table : List.copyOf(tables.values())) {
      // One that was given up is armed until it is dumped anew, even if its dump was just ended.
      if (table.isArmed() && !table.isGivenUp() && !wished.contains(table.name)) {
        disarm(table);
      }
    }
    return armed;
  }

  /** Tells the ends of a dump, once in this run, unless it is to be read anew. */
  private void end(ActiveDump dump) {
    WatchedTable table = tables.get(dump.schema().name());
    boolean givenUp = table != null && table.isGivenUp() && table.dump == dump.dump();
    if (givenUp || !endedDumps.add(dump.dump())) {
      return;
    }
    Position position = new Position(restartLsn, 0);
    for (long request : dump.ends()) {
      lanes.toAll(
          lane ->
              new LaneRecord.Stream(
                  lane,
                  new DumpEnd(position, dump.schema().name(), request, lane, options.lanes())));
    }
    events.accept(new ReaderEvent.DumpEnded(attempt, dump.dump()));
  }

  private void disarm(WatchedTable table) {
    // Its chunks were all evaluated, or the dump would go on.
    lanes.toAll(lane -> new LaneRecord.Disarm(lane, table.name));
    table.dump = 0;
    table.armCounter = -1;
    table.plan(null);
    table.forgetTouches();
    if (table.isIdle()) {
      tables.remove(table.name);
    } else {
      askForRepair(table.name);
    }
  }

  private boolean emitVoids() {
    for (TableName name : toVoid) {
      WatchedTable table = tables.get(name);
      if (table != null) {
        table.forgetTouches();
        lanes.toAll(lane -> new LaneRecord.VoidChunks(lane, name, markCounter + 1));
        boolean planAgain = toPlanAgain.contains(name);
        askedForDumps |= planAgain;
        events.accept(new ReaderEvent.TableVoided(attempt, name, markCounter + 1, planAgain));
      }
    }
    boolean any = !toVoid.isEmpty();
    toVoid.clear();
    toPlanAgain.clear();
    return any;
  }

  private void emitMark(long nanos) {
    askedSinceMark.clear();
    tables.values().forEach(table -> table.marked(markCounter));
    markCounter++;
    Mark mark = new Mark(attempt, markCounter, restartLsn);
    lanes.toAll(lane -> new LaneRecord.Marked(lane, mark));
    marked = true;
    markNanos = nanos;
    if (Lsn.compare(restartLsn, wantedLsn) >= 0) {
      markWanted = false;
    }
    events.accept(new ReaderEvent.MarkEmitted(mark));
    for (WatchedTable table : tables.values()) {
      if (table.isArmed() && table.armCounter < 0) {
        table.armCounter = markCounter;
        events.accept(new ReaderEvent.TableArmed(attempt, table.dump, markCounter));
      }
      if (isRepairUrgent(table)) {
        events.accept(new ReaderEvent.RepairUrgent(attempt, table.dump));
      }
    }
  }

  private boolean isRepairUrgent(WatchedTable table) {
    return table.isArmed()
        && !table.isGivenUp()
        && !table.lastRounds
        && table.keyCount() > options.maxPartialKeys();
  }

  private boolean isRoundDue() {
    for (ActiveDump dump : pendingRounds) {
      if (Lsn.compare(restartLsn, dump.high()) >= 0) {
        return true;
      }
    }
    return false;
  }

  /** Answers rounds whose chunks the lanes have evaluated at or before the mark just emitted. */
  private void startRounds() {
    for (ActiveDump dump : List.copyOf(pendingRounds)) {
      WatchedTable table = tables.get(dump.schema().name());
      if (Lsn.compare(restartLsn, dump.high()) >= 0) {
        pendingRounds.remove(dump);
        if (!table.hasReadableKeys()) {
          // The table has got another key, which the plan has and the keys have not, or only they.
          giveUp(table);
          continue;
        }
        List<byte[]> keys = table.takeKeys(dump.round(), dump.takeAll());
        events.accept(
            new ReaderEvent.KeysToRepair(attempt, dump.dump(), dump.round(), markCounter, keys));
      }
    }
  }
}
