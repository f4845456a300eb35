package io.tidemark.source.enumerator;

import io.tidemark.postgres.KeyTexts;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.stream.StreamPosition;
import io.tidemark.source.event.EnumeratorEvent.PublishedTable;
import io.tidemark.source.split.StreamSplit;
import io.tidemark.source.split.UnseenXids;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A database that answers what a test says, and keeps what was asked of it. */
final class WorldByHand implements CaptureWorld {
  static final StreamSplit START =
      new StreamSplit(StreamPosition.at(10), 3, 2, 0, 0, List.of(), UnseenXids.NONE, 0);

  List<TableName> tables = List.of(CoordinatorHarness.ORDERS);
  List<PlannedTable> plan = CoordinatorHarness.planOf(1);
  Map<Long, PlannedKeys> keys = Map.of();
  Wal wal = new Wal(0, 0);

  /** Tables that no dump source can plan now. */
  final Set<TableName> notNow = new HashSet<>();

  final Map<Call, Exception> failures = new EnumMap<>(Call.class);
  final List<Set<TableName>> planned = new ArrayList<>();

  /** Of each plan the keys asked for, by request. */
  final List<Map<Long, KeyTexts>> keysWanted = new ArrayList<>();

  int inspected;
  int slotsDropped;

  /** What can fail. */
  enum Call {
    PREPARE,
    TABLES,
    PLAN,
    DROP_SLOT,
    WAL
  }

  private void failIfToldTo(Call call) throws Exception {
    Exception failure = failures.get(call);
    if (failure != null) {
      throw failure;
    }
  }

  @Override
  public Ready prepare() throws Exception {
    failIfToldTo(Call.PREPARE);
    return new Ready(START, tables);
  }

  @Override
  public Look look() throws Exception {
    failIfToldTo(Call.TABLES);
    return new Look(
        tables.stream().map(name -> new PublishedTable(name.hashCode(), name)).toList(), 0, 0);
  }

  @Override
  public boolean captures(TableName table) {
    return tables.contains(table);
  }

  @Override
  public void inspect() {
    inspected++;
  }

  @Override
  public Map<TableName, Plan> plan(Map<TableName, Map<Long, KeyTexts>> wanted) throws Exception {
    planned.add(Set.copyOf(wanted.keySet()));
    Map<Long, KeyTexts> keysOfAll = new HashMap<>();
    wanted.values().forEach(keysOfAll::putAll);
    keysWanted.add(keysOfAll);
    failIfToldTo(Call.PLAN);
    Map<TableName, Plan> plans = new HashMap<>();
    for (TableName table : wanted.keySet()) {
      plans.put(
          table,
          notNow.contains(table)
              ? Plan.notNow("no replica answers")
              : CoordinatorHarness.plan(plan, keys));
    }
    return plans;
  }

  @Override
  public void dropSlot() throws Exception {
    slotsDropped++;
    failIfToldTo(Call.DROP_SLOT);
  }

  @Override
  public Wal wal() throws Exception {
    failIfToldTo(Call.WAL);
    return wal;
  }
}
