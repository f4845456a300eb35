package io.tidemark.source.enumerator;

import io.tidemark.postgres.TableName;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The dumps that are not over, of which a table has at most one, and the tables that were dumped.
 */
final class OpenDumps {
  private final DumpCommands commands;
  private final SplitAssigner assigner;
  private final Map<Long, TableDump> dumps = new LinkedHashMap<>();
  private final Set<TableName> done = new TreeSet<>();
  private long nextDump = 1;

  /** The newest that was begun. */
  private long checkpoint;

  OpenDumps(DumpCommands commands, SplitAssigner assigner) {
    this.commands = commands;
    this.assigner = assigner;
  }

  /** Null if it is over. */
  TableDump get(long id) {
    return dumps.get(id);
  }

  /** The table's; null if none is open. */
  TableDump find(TableName table) {
    for (TableDump dump : dumps.values()) {
      if (dump.table.equals(table)) {
        return dump;
      }
    }
    return null;
  }

  /** As they were started; not to be changed meanwhile. */
  Collection<TableDump> all() {
    return dumps.values();
  }

  int size() {
    return dumps.size();
  }

  /** Whether a dump of the whole table is under way or over. */
  boolean knows(TableName table) {
    TableDump dump = find(table);
    return done.contains(table) || (dump != null && !dump.repairOnly);
  }

  /** All tables that {@link #knows} knows. */
  Set<TableName> known() {
    Set<TableName> known = new TreeSet<>(done);
    dumps.values().stream().filter(dump -> !dump.repairOnly).forEach(dump -> known.add(dump.table));
    return known;
  }

  /**
   * Starts a dump, which has to be planned.
   *
   * @param repairOnly whether no rows are read but those that are asked for, or repaired
   * @param former the dump whose place it takes; null if there is none
   */
  TableDump start(TableName table, boolean repairOnly, TableDump former) {
    TableDump dump = add(table, repairOnly, former);
    commands.plan(dump.id, table);
    return dump;
  }

  /** Starts a dump in place of one that the stream has not got to, or is past. */
  TableDump startLater(TableDump former) {
    TableDump dump = add(former.table, former.repairOnly, former);
    commands.planLater(dump.id, dump.table);
    return dump;
  }

  private TableDump add(TableName table, boolean repairOnly, TableDump former) {
    TableDump dump = new TableDump(nextDump++, table, repairOnly, former, checkpoint);
    dumps.put(dump.id, dump);
    if (!repairOnly) {
      done.remove(table);
    }
    return dump;
  }

  /** It is over, or comes to nothing. */
  void drop(TableDump dump) {
    dumps.remove(dump.id);
    assigner.forget(dump);
  }

  /** The whole table was dumped. */
  void dumped(TableName table) {
    done.add(table);
  }

  /** What was dumped of a table of that name is of another one. */
  void forget(TableName table) {
    done.remove(table);
  }

  /** What was dumped of a table is of one that has another name by now. */
  void renamed(TableName before, TableName after) {
    if (done.remove(before)) {
      done.add(after);
    }
  }

  /** Forgets all tables that were dumped and are not among these. */
  void forgetAllBut(Collection<TableName> tables) {
    done.retainAll(Set.copyOf(tables));
  }

  /**
   * What a checkpoint holds.
   *
   * @param nextDump the id that the next dump gets; ids are never used again
   * @param done tables that were dumped
   */
  record State(long nextDump, List<TableDump.State> dumps, Set<TableName> done) {}

  /** The state for a checkpoint, which begins. */
  State state(long id) {
    checkpoint = id;
    return new State(
        nextDump, dumps.values().stream().map(TableDump::state).toList(), Set.copyOf(done));
  }

  /** Is as it was. Ids that were given out since are not given out again. */
  void restore(State state) {
    List.copyOf(dumps.values()).forEach(this::drop);
    done.clear();
    done.addAll(state.done());
    nextDump = Math.max(nextDump, state.nextDump());
    for (TableDump.State saved : state.dumps()) {
      TableDump dump = TableDump.restore(saved);
      dumps.put(dump.id, dump);
      assigner.know(dump.openSplits().toList(), dump);
      if (dump.isPlanning()) {
        commands.plan(dump.id, dump.table);
      }
    }
  }
}
