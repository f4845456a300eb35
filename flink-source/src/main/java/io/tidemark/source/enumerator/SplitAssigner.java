package io.tidemark.source.enumerator;

import io.tidemark.source.split.DumpSplit;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/** Gives the splits of readable dumps to readers that can take one, and knows whose each is. */
final class SplitAssigner {
  private final DumpCommands commands;
  private final Map<String, TableDump> bySplit = new HashMap<>();
  private final Deque<Integer> wanting = new ArrayDeque<>();

  SplitAssigner(DumpCommands commands) {
    this.commands = commands;
  }

  /** These splits are of that dump. */
  void know(Collection<DumpSplit> splits, TableDump dump) {
    splits.forEach(split -> bySplit.put(split.splitId(), dump));
  }

  /** Gives the split's dump, too; null if it is not known any more. */
  TableDump forget(String split) {
    return bySplit.remove(split);
  }

  /** Forgets all splits of the dump. */
  void forget(TableDump dump) {
    bySplit.values().removeIf(owner -> owner == dump);
  }

  /** A reader can take one more split. */
  void wanted(int subtask) {
    wanting.add(subtask);
  }

  /** A reader starts: what it wanted before counts no more. */
  void readerStarted(int subtask) {
    wanting.removeIf(waiting -> waiting == subtask);
  }

  /** Hands out what can be, of the first dump first. */
  void handOut(Collection<TableDump> dumps) {
    wanting.removeIf(subtask -> !commands.isRunning(subtask));
    for (TableDump dump : dumps) {
      while (dump.isReadable() && !wanting.isEmpty()) {
        commands.assign(dump.handOut(), wanting.poll());
      }
    }
  }
}
