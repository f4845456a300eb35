package io.tidemark.source.simulation;

import io.tidemark.postgres.TableName;
import io.tidemark.source.simulation.Wal.Event;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A transaction that is being written. */
final class Writing {
  /** As it sees them. */
  final Map<TableName, SimulatedTable> tables;

  /** Those that it changed; null where it has none of that name any more. */
  final Map<TableName, SimulatedTable> changed = new LinkedHashMap<>();

  final List<Event> events = new ArrayList<>();

  private final Choices choices;
  private long eventLsn;

  /**
   * One that has written nothing.
   *
   * @param eventLsn where its first event is written behind; perhaps before earlier commits
   */
  Writing(Choices choices, Map<TableName, SimulatedTable> tables, long eventLsn) {
    this.choices = choices;
    this.tables = new TreeMap<>(tables);
    this.eventLsn = eventLsn;
  }

  SimulatedTable anyTable() {
    return List.copyOf(tables.values()).get(choices.below(tables.size()));
  }

  void put(SimulatedTable table) {
    tables.put(table.schema().name(), table);
    changed.put(table.schema().name(), table);
  }

  void remove(TableName name) {
    tables.remove(name);
    changed.put(name, null);
  }

  /** Of the events; smaller than the commit's, but perhaps not than that of earlier commits. */
  long nextLsn() {
    eventLsn = SimulatedPrimary.later(eventLsn, SimulatedPrimary.startLsn()) + 1 + choices.below(3);
    return eventLsn;
  }

  /** Where its last event is. */
  long lsn() {
    return eventLsn;
  }
}
