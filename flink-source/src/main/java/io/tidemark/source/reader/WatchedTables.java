package io.tidemark.source.reader;

import io.tidemark.postgres.Lsn;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.change.DumpEnd;
import io.tidemark.postgres.change.Op;
import io.tidemark.postgres.change.Position;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.source.event.EnumeratorEvent.ActiveDump;
import io.tidemark.source.event.EnumeratorEvent.Dumps;
import io.tidemark.source.event.ReaderEvent;
import io.tidemark.source.event.ReaderEvent.ArmedTable;
import io.tidemark.source.lane.LaneRecord;
import io.tidemark.source.lane.Mark;
import io.tidemark.source.split.StreamTable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.Predicate;

/**
 * The tables that the stream reader watches for dumps and repairs: arms and disarms them, voids
 * what was read of them, has their keys repaired, and tells the ends of their dumps. {@link
 * StreamEmitter} calls it between transactions, and for each row.
 */
final class WatchedTables {
  /**
   * Times {@link StreamEmitter.Options#maxPartialKeys}: a table that has more keys to repair is
   * given up, and all its rows are read by a new dump.
   */
  private static final int KEYS_LIMIT_FACTOR = 8;

  private final StreamEmitter.Options options;
  private final long attempt;
  private final LaneRouter lanes;
  private final Consumer<ReaderEvent> events;

  private final Map<TableName, WatchedTable> tables = new HashMap<>();
  private final List<ActiveDump> pendingRounds = new ArrayList<>();
  private final Set<TableName> toVoid = new HashSet<>();

  /** Tables that are not armed any more, though their dump had not ended. */
  private final Set<TableName> abandoned = new HashSet<>();

  private final Set<TableName> toPlanAgain = new HashSet<>();

  /** Dumps that are over, of which the ends were emitted and the enumerator may not have heard. */
  private final Set<Long> endedDumps = new HashSet<>();

  /** Tables whose repair was asked for since the last mark: not once for every key. */
  private final Set<TableName> askedSinceMark = new HashSet<>();

  /** Since {@link #takeAsked}, or since the start, as the state may ask for dumps. */
  private boolean askedForDumps = true;

  WatchedTables(
      StreamEmitter.Options options, long attempt, LaneRouter lanes, Consumer<ReaderEvent> events) {
    this.options = options;
    this.attempt = attempt;
    this.lanes = lanes;
    this.events = events;
  }

  void restore(StreamTable state) {
    WatchedTable table = WatchedTable.restore(state, options.lanes() > 1);
    tables.put(table.name, table);
    if (table.isGivenUp()) {
      toVoid.add(table.name);
      toPlanAgain.add(table.name);
    }
  }

  /** What it holds, for the enumerator. */
  List<ArmedTable> armed() {
    List<ArmedTable> armed = new ArrayList<>();
    for (WatchedTable table : tables.values()) {
      armed.add(new ArmedTable(table.name, table.dump, table.armCounter));
    }
    return armed;
  }

  /** Arms the lanes, which begin without state, as the state has it. */
  void armLanes() {
    for (WatchedTable table : tables.values()) {
      if (table.isArmed()) {
        lanes.toAll(lane -> new LaneRecord.Arm(lane, table.name));
      }
    }
  }

  /** What this checkpoint holds. */
  List<StreamTable> state(long checkpoint) {
    return tables.values().stream().map(table -> table.state(checkpoint)).toList();
  }

  long keysToRepair() {
    return tables.values().stream().mapToLong(WatchedTable::keyCount).sum();
  }

  long touchBytes() {
    return tables.values().stream().mapToLong(WatchedTable::touchBytes).sum();
  }

  void promised(long counter) {
    tables.values().forEach(table -> table.promised(counter));
  }

  /** Whether a dump was asked for since this was last called, or since the start. */
  boolean takeAsked() {
    boolean asked = askedForDumps;
    askedForDumps = false;
    return asked;
  }

  void truncated(TableSchema schema) {
    WatchedTable table = tables.get(schema.name());
    if (table != null) {
      table.truncated();
    }
  }

  /** The table, watched from now on if it was not. */
  private WatchedTable watched(TableName name) {
    return tables.computeIfAbsent(name, n -> new WatchedTable(n, options.lanes() > 1));
  }

  /** Takes note of a row's change. */
  void watch(RowChange row, long nextMark) {
    WatchedTable table = tables.get(row.schema().name());
    if (table == null) {
      if (!needsRepairUnwatched(row)) {
        return;
      }
      table = watched(row.schema().name());
    }
    look(table, row.schema());
    int keys = table.keyCount();
    table.track(row);
    if (table.isArmed()) {
      bound(table, nextMark);
    } else if (table.keyCount() > keys && askedSinceMark.add(table.name)) {
      // Also if there are keys already: a dump that was asked for them may have come to nothing.
      askForRepair(table.name);
    }
  }

  private void look(WatchedTable table, TableSchema schema) {
    switch (table.see(schema)) {
      case NONE -> {}
      case CHANGED -> toVoid.add(table.name);
      case PLAN_STALE -> {
        toVoid.add(table.name);
        toPlanAgain.add(table.name);
      }
    }
  }

  /** The oid of the table that a dump was planned of under this name; 0 if that is not known. */
  int plannedOid(TableName name) {
    return tables.get(name).plannedOid();
  }

  /** The names of the tables that are armed. */
  List<TableName> armedTables() {
    return tables.values().stream().filter(WatchedTable::isArmed).map(each -> each.name).toList();
  }

  /** A table has other columns, or another key, from here on. */
  void changed(TableSchema schema) {
    WatchedTable table = tables.get(schema.name());
    if (table != null) {
      look(table, schema);
    }
  }

  /** A table is captured no more from here on. */
  void gone(TableName name) {
    WatchedTable table = tables.get(name);
    if (table != null) {
      table.gone();
      if (table.isIdle()) {
        tables.remove(name);
      }
    }
  }

  /** A table has another name from here on. What was to be read of it is read under that. */
  void renamed(TableName before, TableName after) {
    if (tables.containsKey(before)) {
      gone(before);
      wantDump(after);
    }
  }

  /**
   * Rows of a table are others than they were, unseen by the stream: written anew with other
   * values, come by partitions, or under another key.
   *
   * @param dumpAgain whether they are to be read again also if no dump is under way
   */
  void rewritten(TableName name, boolean dumpAgain) {
    WatchedTable table = tables.get(name);
    if ((dumpAgain && options.dumps()) || (table != null && table.isArmed())) {
      wantDump(name);
    }
  }

  /** All rows of a table are to be read, whether or not they were before. */
  private void wantDump(TableName name) {
    giveUp(watched(name));
  }

  /** Within a transaction too, however large it is: there is no mark before its end. */
  private void bound(WatchedTable table, long nextMark) {
    if (table.touchBytes() > options.maxTouchBytes()) {
      // The lanes need no touch from before the mark that the void waits for.
      table.forgetTouches();
      lanes.toAll(lane -> new LaneRecord.VoidChunks(lane, table.name, nextMark));
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

  /**
   * Arms and disarms until the tables agree with the dumps, and tells the ends of those that are
   * over.
   *
   * @param lsn up to which all was emitted
   * @param comes told of each dump before it is armed; whether there is such a table
   * @param wantMark told at which LSN a mark is wanted for a round
   * @return whether one was armed
   */
  boolean follow(Dumps dumps, long lsn, Predicate<ActiveDump> comes, LongConsumer wantMark) {
    boolean armed = false;
    pendingRounds.clear();
    Set<TableName> wished = new HashSet<>();
    endedDumps.retainAll(dumps.dumps().stream().map(ActiveDump::dump).toList());
    for (ActiveDump dump : dumps.dumps()) {
      TableName name = dump.schema().name();
      if (dump.isOver()) {
        end(dump, lsn);
        continue;
      }
      wished.add(name);
      WatchedTable table = watched(name);
      if (table.isGone() && table.dump == dump.dump()) {
        continue;
      }
      if (!comes.test(dump)) {
        continue;
      }
      if (table.isGivenUp() && (table.dump == dump.dump() || !dump.whole())) {
        continue;
      }
      if (table.plan(dump.schema())) {
        toVoid.add(name);
      }
      if (table.dump != dump.dump()) {
        if (table.isArmed()) {
          toVoid.add(name);
        }
        table.arm(dump.dump(), dump.checkpoint());
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
        wantMark.accept(dump.high());
      }
    }
    for (WatchedTable table : List.copyOf(tables.values())) {
      if (table.isGone() && !wished.contains(table.name) && !table.isArmed()) {
        tables.remove(table.name);
      }
      // One that was given up is armed until it is dumped anew, even if its dump was just ended.
      if (table.isArmed() && !table.isGivenUp() && !wished.contains(table.name)) {
        disarm(table);
      }
    }
    return armed;
  }

  /** Tells the ends of a dump, once in this run, unless it is to be read anew. */
  private void end(ActiveDump dump, long lsn) {
    WatchedTable table = tables.get(dump.schema().name());
    boolean givenUp = table != null && table.isGivenUp() && table.dump == dump.dump();
    if (givenUp || !endedDumps.add(dump.dump())) {
      return;
    }
    Position position = new Position(lsn, 0);
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
    if (!endedDumps.contains(table.dump)) {
      // It came to nothing, and the lanes may still have chunks of it.
      abandoned.add(table.name);
      if (!table.isGone()) {
        // Perhaps as one that went before it came again.
        events.accept(new ReaderEvent.TableCame(table.name));
      }
    }
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

  private void askForRepair(TableName table) {
    askedForDumps = true;
    events.accept(new ReaderEvent.RepairWanted(table));
  }

  /** Emits the voids that are due, before the mark that follows them; tells whether there were. */
  boolean emitVoids(long nextMark) {
    // Until the enumerator has heard, more of it is read: none of that is to come out of a lane.
    tables.values().stream()
        .filter(table -> table.isGone() && table.isArmed())
        .forEach(table -> toVoid.add(table.name));
    for (TableName name : toVoid) {
      WatchedTable table = tables.get(name);
      if (table != null) {
        table.forgetTouches();
        lanes.toAll(lane -> new LaneRecord.VoidChunks(lane, name, nextMark));
        boolean planAgain = toPlanAgain.contains(name);
        askedForDumps |= planAgain;
        events.accept(new ReaderEvent.TableVoided(attempt, name, nextMark, planAgain));
      }
    }
    abandoned.removeIf(name -> toVoid.contains(name) && tables.containsKey(name));
    for (TableName name : abandoned) {
      lanes.toAll(lane -> new LaneRecord.VoidChunks(lane, name, nextMark));
    }
    boolean any = !toVoid.isEmpty() || !abandoned.isEmpty();
    abandoned.clear();
    toVoid.clear();
    toPlanAgain.clear();
    return any;
  }

  /** A mark is about to be emitted; the one before had this counter. */
  void beforeMark(long previous) {
    askedSinceMark.clear();
    tables.values().forEach(table -> table.marked(previous));
  }

  /** A mark was emitted: reports what was armed, and answers rounds. */
  void afterMark(Mark mark) {
    for (WatchedTable table : tables.values()) {
      if (table.isArmed() && table.armCounter < 0) {
        table.armCounter = mark.counter();
        events.accept(new ReaderEvent.TableArmed(attempt, table.dump, mark.counter()));
      }
      if (isRepairUrgent(table)) {
        events.accept(new ReaderEvent.RepairUrgent(attempt, table.dump));
      }
    }
    startRounds(mark);
  }

  private boolean isRepairUrgent(WatchedTable table) {
    return table.isArmed()
        && !table.isGivenUp()
        && !table.lastRounds
        && table.keyCount() > options.maxPartialKeys();
  }

  /** Whether a round can be answered at a mark at this LSN. */
  boolean isRoundDue(long lsn) {
    for (ActiveDump dump : pendingRounds) {
      if (Lsn.compare(lsn, dump.high()) >= 0) {
        return true;
      }
    }
    return false;
  }

  /** Answers rounds whose chunks the lanes have evaluated at or before the mark just emitted. */
  private void startRounds(Mark mark) {
    for (ActiveDump dump : List.copyOf(pendingRounds)) {
      WatchedTable table = tables.get(dump.schema().name());
      if (Lsn.compare(mark.lsn(), dump.high()) >= 0) {
        pendingRounds.remove(dump);
        if (!table.hasReadableKeys()) {
          // The table has got another key, which the plan has and the keys have not, or only they.
          giveUp(table);
          continue;
        }
        List<byte[]> keys = table.takeKeys(dump.round(), dump.takeAll());
        events.accept(
            new ReaderEvent.KeysToRepair(attempt, dump.dump(), dump.round(), mark.counter(), keys));
      }
    }
  }
}
