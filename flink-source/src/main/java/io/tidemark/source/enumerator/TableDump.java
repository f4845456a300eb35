package io.tidemark.source.enumerator;

import io.tidemark.dump.plan.PageRange;
import io.tidemark.postgres.Lsn;
import io.tidemark.postgres.RowKey;
import io.tidemark.postgres.RowSelection;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.catalog.PhysicalTable;
import io.tidemark.source.DumpRequest;
import io.tidemark.source.event.EnumeratorEvent.ActiveDump;
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
    /** Waits for its page ranges; {@link DumpCoordinator#planned} ends it. */
    PLANNING,
    /** Waits for its page splits to be finished by dump readers. */
    READING,
    /** All page chunks were evaluated; waits for repair rounds until one has no keys. */
    REPAIRING,
    /** All of it was emitted; waits for the stream reader to tell its ends. */
    OVER
  }

  /**
   * Bytes of the keys of one request, once for each physical table: all of them are looked for in
   * each, and the state holds them so.
   */
  private static final long MAX_KEY_BYTES = 64 << 20;

  final long id;
  final TableName table;

  /** No rows are read but those that are asked for on demand, if any. */
  final boolean repairOnly;

  Phase phase = Phase.PLANNING;
  List<PhysicalTable> leaves = List.of();
  final Deque<DumpSplit> waiting = new ArrayDeque<>();

  /** Handed out and not finished, by split id. */
  final Map<String, DumpSplit> assigned = new TreeMap<>();

  int round;
  int finishedRound;
  boolean takeAll;

  /** A round was started and its keys are not known yet. */
  boolean keysAwaited;

  /** Once it is over: there are keys to repair that came too late for it. */
  boolean repairWanted;

  /** How many keys the last answered round had; -1 before the first. */
  int keysOfRound = -1;

  long high;

  /** See {@link #parts}; null before the first look. */
  private Map<Long, Integer> parts;

  long armCounter = -1;
  long voidCounter;

  TableDump(long id, TableName table, boolean repairOnly) {
    this.id = id;
    this.table = table;
    this.repairOnly = repairOnly;
  }

  /** What a checkpoint holds. */
  record State(
      long id,
      TableName table,
      boolean repairOnly,
      Phase phase,
      List<PhysicalTable> leaves,
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
        List.copyOf(waiting),
        List.copyOf(assigned.values()),
        round,
        finishedRound,
        keysAwaited,
        keysOfRound,
        high);
  }

  static TableDump restore(State state) {
    TableDump dump = new TableDump(state.id, state.table, state.repairOnly);
    dump.phase = state.phase;
    dump.leaves = state.leaves;
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
        leaves.get(0).schema(),
        armCounter,
        voidCounter,
        round,
        takeAll,
        finishedRound,
        phase == Phase.REPAIRING,
        high,
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

  /** Whether readers are told of it: it was planned, or has taken the place of one that was. */
  boolean isPublished() {
    return !leaves.isEmpty();
  }

  /** Whether splits may be handed out: the stream reader's current attempt has it armed. */
  boolean isReadable() {
    return phase != Phase.PLANNING && armCounter >= 0 && !waiting.isEmpty();
  }

  boolean hasOpenSplits(boolean repair) {
    return waiting.stream().anyMatch(split -> split.isRepair() == repair)
        || assigned.values().stream().anyMatch(split -> split.isRepair() == repair);
  }

  void startRound() {
    round++;
    keysAwaited = true;
    keysOfRound = -1;
  }

  /** What was handed out or waits for the repair round is of no use any more: it starts again. */
  void restartRound() {
    dropRepairs();
    startRound();
    takeAll = true;
  }

  void dropRepairs() {
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

  private Stream<DumpSplit> openSplits() {
    return Stream.concat(waiting.stream(), assigned.values().stream());
  }

  /**
   * The planned page ranges, unless only repairs are made, and those parts of them that are asked
   * for on demand, each a split. The last range has no upper end, so pages beyond the planned size
   * are a split too.
   */
  List<DumpSplit> pages(List<PlannedTable> tables, List<DumpRequest> requests) {
    List<DumpSplit> splits = new ArrayList<>();
    for (int leaf = 0; leaf < tables.size(); leaf++) {
      PhysicalTable table = tables.get(leaf).table();
      for (PageRange range : tables.get(leaf).ranges()) {
        if (!repairOnly) {
          splits.add(DumpSplit.ofPages(id + "-" + leaf + "-" + range.from(), id, table, range));
        }
        for (DumpRequest request : requests) {
          PageRange part = request.rows().either(pages -> part(range, pages), keys -> null);
          if (part != null) {
            String splitId =
                id + "-" + leaf + "-" + part.from() + "-" + Long.toHexString(request.request());
            splits.add(DumpSplit.ofRequest(splitId, id, table, part, request.request()));
          }
        }
      }
    }
    return splits;
  }

  /** What of a range is on these pages; null if nothing is. */
  private static PageRange part(PageRange range, RowSelection.Pages pages) {
    long end =
        pages.last() == RowSelection.Pages.LAST_PAGE ? PageRange.UNBOUNDED : pages.last() + 1;
    long from = Math.max(range.from(), pages.first());
    long to = Math.min(range.to(), end);
    return from < to ? new PageRange(from, to) : null;
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

  /** Why these keys are not looked for in each leaf: they are too large; null if they are not. */
  String problemOf(List<RowKey> keys) {
    long bytes = keys.stream().mapToLong(RowKey::memorySize).sum();
    return bytes * leaves.size() <= MAX_KEY_BYTES
        ? null
        : ("%d keys of %d bytes, looked for in each of the %d partitions of %s, are too many;"
                + " ask for fewer at a time")
            .formatted(keys.size(), bytes, leaves.size(), table);
  }

  /** The keys of a request: leaves times batches, each a split. */
  List<DumpSplit> requestedKeys(long request, List<RowKey> keys, int batch) {
    List<DumpSplit> splits = new ArrayList<>();
    for (int leaf = 0; leaf < leaves.size(); leaf++) {
      for (int from = 0; from < keys.size(); from += batch) {
        String splitId = id + "-keys-" + leaf + "-" + from + "-" + Long.toHexString(request);
        List<RowKey> some = keys.subList(from, Math.min(keys.size(), from + batch));
        splits.add(DumpSplit.ofRequestedKeys(splitId, id, leaves.get(leaf), some, request));
      }
    }
    return splits;
  }

  /** Leaves times batches of keys, each a split. */
  List<DumpSplit> repairs(List<RowKey> keys, long counter, int batch) {
    List<DumpSplit> splits = new ArrayList<>();
    for (int leaf = 0; leaf < leaves.size(); leaf++) {
      for (int from = 0; from < keys.size(); from += batch) {
        String splitId = id + "-repair-" + round + "-" + leaf + "-" + from;
        splits.add(
            DumpSplit.ofKeys(
                splitId,
                id,
                leaves.get(leaf),
                keys.subList(from, Math.min(keys.size(), from + batch)),
                round,
                counter));
      }
    }
    return splits;
  }
}
