package io.tidemark.source.enumerator;

import io.tidemark.postgres.Lsn;
import io.tidemark.postgres.RowKey;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.catalog.PhysicalTable;
import io.tidemark.source.DumpRequest;
import io.tidemark.source.event.EnumeratorEvent.ActiveDump;
import io.tidemark.source.event.EnumeratorEvent.Span;
import io.tidemark.source.event.EnumeratorEvent.TablePlan;
import io.tidemark.source.split.DumpSplit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One table's dump, from its plan to its last repair. What is in {@link State} outlives the
 * enumerator; the rest is of the stream reader's current attempt.
 */
final class TableDump {
  /** Where a dump is in its life. */
  enum Phase {
    /** Waits for its page ranges. */
    PLANNING,
    /** Waits for its page splits to be finished by dump readers. */
    READING,
    /** All page chunks were evaluated; waits for repair rounds until one has no keys. */
    REPAIRING,
    /** All of it was emitted; waits for the stream reader to tell its ends. */
    OVER
  }

  final long id;
  final TableName table;

  /** No rows are read but those that are asked for on demand, if any. */
  final boolean repairOnly;

  /** The newest checkpoint that was begun when it was started; 0 if those of before have it. */
  private final long checkpoint;

  private Phase phase = Phase.PLANNING;
  private List<PhysicalTable> leaves;

  /** Where they were so. */
  private Span plannedAt;

  /** See {@link #came}. */
  private boolean cameSince;

  private final Deque<DumpSplit> waiting = new ArrayDeque<>();

  /** Handed out and not finished, by split id. */
  private final Map<String, DumpSplit> assigned = new TreeMap<>();

  private int round;
  private int finishedRound;
  private boolean takeAll;

  /** A round was started and its keys are not known yet. */
  private boolean keysAwaited;

  private boolean repairWanted;

  /** How many keys the last answered round had; -1 before the first. */
  private int keysOfRound = -1;

  private long high;

  /** See {@link #parts}; null before the first look. */
  private Map<Long, Integer> parts;

  private long armCounter = -1;
  private long voidCounter;

  /**
   * A dump that has to be planned.
   *
   * @param former a dump whose place it takes: it is published with that one's plan while it is
   *     planned, so that the table stays armed; null if there is none
   * @param checkpoint the newest that was begun
   */
  TableDump(long id, TableName table, boolean repairOnly, TableDump former, long checkpoint) {
    this.id = id;
    this.table = table;
    this.repairOnly = repairOnly;
    this.leaves = former == null ? List.of() : former.leaves;
    this.plannedAt = former == null ? Span.UNKNOWN : former.plannedAt;
    this.checkpoint = checkpoint;
  }

  /** What a checkpoint holds. */
  record State(
      long id,
      TableName table,
      boolean repairOnly,
      Phase phase,
      List<PhysicalTable> leaves,
      Span plannedAt,
      List<DumpSplit> waiting,
      List<DumpSplit> assigned,
      int round,
      int finishedRound,
      boolean keysAwaited,
      int keysOfRound,
      long high) {}

  State state() {
    return new State(
        id,
        table,
        repairOnly,
        phase,
        leaves,
        plannedAt,
        List.copyOf(waiting),
        List.copyOf(assigned.values()),
        round,
        finishedRound,
        keysAwaited,
        keysOfRound,
        high);
  }

  static TableDump restore(State state) {
    TableDump dump = new TableDump(state.id, state.table, state.repairOnly, null, 0);
    dump.leaves = state.leaves;
    dump.plannedAt = state.plannedAt;
    dump.phase = state.phase;
    dump.waiting.addAll(state.waiting);
    state.assigned.forEach(split -> dump.assigned.put(split.splitId(), split));
    dump.round = state.round;
    dump.finishedRound = state.finishedRound;
    dump.keysAwaited = state.keysAwaited;
    dump.keysOfRound = state.keysOfRound;
    dump.high = state.high;
    if (dump.phase != Phase.PLANNING) {
      dump.parts();
    }
    return dump;
  }

  /**
   * What readers are told of it.
   *
   * @param requests those that it reads
   */
  ActiveDump wish(List<DumpRequest> requests) {
    return new ActiveDump(
        id,
        new TablePlan(
            leaves.get(0).schema(), leaves.stream().map(PhysicalTable::oid).toList(), plannedAt),
        armCounter,
        voidCounter,
        round,
        takeAll,
        finishedRound,
        phase == Phase.REPAIRING,
        high,
        !repairOnly,
        checkpoint,
        phase == Phase.OVER ? ends(requests) : null);
  }

  private List<Long> ends(List<DumpRequest> requests) {
    List<Long> ends = new ArrayList<>();
    requests.forEach(request -> ends.add(request.request()));
    if (!repairOnly) {
      ends.add(0L);
    }
    return ends;
  }

  boolean isPlanning() {
    return phase == Phase.PLANNING;
  }

  /** Whether nothing is left but to tell its ends. */
  boolean isOver() {
    return phase == Phase.OVER;
  }

  /** Whether the stream reader has to know of it: rows may be on their way. */
  boolean wasHandedOut() {
    return !assigned.isEmpty();
  }

  /** Whether it is of the table with this oid, as far as it is planned. */
  boolean mayBeOf(int oid) {
    return leaves.isEmpty() || leaves.get(0).schema().oid() == oid;
  }

  // What happens to it, in the order of its life.

  /**
   * It can be read.
   *
   * @param at where the tables are so
   * @param requests those that it reads, of which it takes the pages
   */
  void planned(List<PlannedTable> tables, Span at, List<DumpRequest> requests) {
    phase = Phase.READING;
    plannedAt = at;
    leaves = tables.stream().map(PlannedTable::table).toList();
    waiting.addAll(DumpSplits.pages(id, repairOnly, tables, requests));
  }

  /** The stream reader has got to where there is such a table. */
  void came() {
    cameSince = phase == Phase.PLANNING;
  }

  /** Whether the table has come since the plan was asked for: it may be of before. Only once. */
  boolean hasComeSince() {
    boolean came = cameSince;
    cameSince = false;
    return came;
  }

  /** It reads these keys, too, for a request. Gives why it does not; null if it does. */
  String readKeys(long request, List<RowKey> keys) {
    String problem = DumpSplits.problemOf(table, leaves, keys);
    if (problem == null) {
      waiting.addAll(DumpSplits.requestedKeys(id, leaves, request, keys));
    }
    return problem;
  }

  /** The stream reader has armed the table, and emitted the mark with this counter. */
  void armed(long counter) {
    armCounter = counter;
  }

  /** The stream reader is gone: nothing is handed out until another one has armed the table. */
  void streamLost() {
    armCounter = -1;
  }

  /**
   * The stream reader starts.
   *
   * @param counter of its arm; -1 if it has not armed the table
   */
  void streamStarted(long counter) {
    armCounter = counter;
    voidCounter = 0;
    if (round > finishedRound) {
      restartRound();
    }
  }

  /** The lanes drop chunks with marks before this counter. */
  void voided(long counter) {
    voidCounter = counter;
  }

  /** Takes the next split that waits: it is in a reader's hands. */
  DumpSplit handOut() {
    DumpSplit split = waiting.poll();
    assigned.put(split.splitId(), split);
    return split;
  }

  boolean awaitsKeys(int ofRound) {
    return keysAwaited && ofRound == round;
  }

  /**
   * The round's keys have come. Gives their splits, which come first: the sooner they are repaired,
   * the fewer keys are kept.
   *
   * @param counter of the mark after which they are to be read
   */
  List<DumpSplit> repair(List<RowKey> keys, long counter) {
    keysAwaited = false;
    takeAll = false;
    keysOfRound = keys.size();
    List<DumpSplit> repairs = DumpSplits.repairs(id, leaves, round, keys, counter);
    repairs.forEach(waiting::addFirst);
    return repairs;
  }

  /** Repairs what there is now, unless a round is on; false if one is. */
  boolean startRoundNow() {
    boolean none = phase == Phase.READING && round == finishedRound;
    if (none) {
      startRound();
    }
    return none;
  }

  /** Goes on as far as it can; false if nothing has changed that readers are to know. */
  boolean advance() {
    if (phase == Phase.PLANNING
        || phase == Phase.OVER
        || armCounter < 0
        || keysAwaited
        || hasOpenSplits(true)) {
      return false;
    }
    boolean roundOver = round > finishedRound;
    if (roundOver) {
      finishedRound = round;
    }
    if (phase == Phase.REPAIRING && roundOver && keysOfRound == 0) {
      phase = Phase.OVER;
      return true;
    }
    if (!hasOpenSplits(false)) {
      phase = Phase.REPAIRING;
      startRound();
      return true;
    }
    return roundOver;
  }

  /** Once it is over: there are keys to repair that came too late for it. */
  void wantRepair() {
    repairWanted = true;
  }

  boolean isRepairWanted() {
    return repairWanted;
  }

  // What it is asked.

  /** Whether readers are told of it: it was planned, or has taken the place of one that was. */
  boolean isPublished() {
    return !leaves.isEmpty();
  }

  /** Whether splits may be handed out: the stream reader's current attempt has it armed. */
  boolean isReadable() {
    return phase != Phase.PLANNING && armCounter >= 0 && !waiting.isEmpty();
  }

  private boolean hasOpenSplits(boolean repair) {
    return waiting.stream().anyMatch(split -> split.isRepair() == repair)
        || assigned.values().stream().anyMatch(split -> split.isRepair() == repair);
  }

  private void startRound() {
    round++;
    keysAwaited = true;
    keysOfRound = -1;
  }

  /** What was handed out or waits for the repair round is of no use any more: it starts again. */
  private void restartRound() {
    dropRepairs();
    startRound();
    takeAll = true;
  }

  private void dropRepairs() {
    waiting.removeIf(DumpSplit::isRepair);
    assigned.values().removeIf(DumpSplit::isRepair);
  }

  /** Gives the request that the split was read for; 0 if none. */
  long finish(String splitId, long splitHigh) {
    DumpSplit was = assigned.remove(splitId);
    high = Lsn.max(high, splitHigh);
    return was == null ? 0 : was.request();
  }

  /** How many splits each request had that this reads, when it was planned or restored. */
  Map<Long, Integer> parts() {
    if (parts == null) {
      parts = new HashMap<>();
      openSplits()
          .filter(split -> split.request() != 0)
          .forEach(split -> parts.merge(split.request(), 1, Integer::sum));
    }
    return parts;
  }

  /** How many splits of a request are not finished. */
  int openParts(long request) {
    return (int) openSplits().filter(split -> split.request() == request).count();
  }

  /** Those that are not finished. */
  Stream<DumpSplit> openSplits() {
    return Stream.concat(waiting.stream(), assigned.values().stream());
  }

  /** Those of which splits are not finished. */
  Set<Long> requests() {
    return openSplits()
        .map(DumpSplit::request)
        .filter(request -> request != 0)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** Drops what waits for a request, and gives it. */
  List<DumpSplit> dropWaiting(long request) {
    List<DumpSplit> dropped = waiting.stream().filter(split -> split.request() == request).toList();
    waiting.removeIf(split -> split.request() == request);
    return dropped;
  }
}
