package io.tidemark.source.run;

import io.tidemark.postgres.change.Change;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;

/**
 * Records changes in this JVM, exactly once: after a restart the record is cut to what the
 * checkpoint had, as an exactly-once sink would. For a parallelism of one: a subtask would cut what
 * another has recorded already.
 */
public final class RecordingSink extends RichMapFunction<Change, Integer>
    implements CheckpointedFunction {
  private static final long serialVersionUID = 1L;
  private static final Map<String, List<Change>> RECORDS = new ConcurrentHashMap<>();

  /** How long each record was after its last restore. */
  private static final Map<String, Integer> RESTORED = new ConcurrentHashMap<>();

  private final String name;
  private transient ListState<Integer> size;

  public RecordingSink(String name) {
    this.name = name;
    RECORDS.putIfAbsent(name, new ArrayList<>());
  }

  /** What was recorded so far under that name. */
  public static List<Change> record(String name) {
    List<Change> changes = RECORDS.computeIfAbsent(name, n -> new ArrayList<>());
    synchronized (changes) {
      return List.copyOf(changes);
    }
  }

  /** Frees the memory of a record. */
  public static void forget(String name) {
    RECORDS.remove(name);
    RESTORED.remove(name);
  }

  /** What the record held of a checkpoint when it was last restored. */
  public static List<Change> restored(String name) {
    return record(name).subList(0, RESTORED.get(name));
  }

  @Override
  public Integer map(Change change) {
    List<Change> changes = RECORDS.computeIfAbsent(name, n -> new ArrayList<>());
    synchronized (changes) {
      changes.add(change);
      return changes.size();
    }
  }

  @Override
  public void snapshotState(FunctionSnapshotContext context) throws Exception {
    List<Change> changes = RECORDS.computeIfAbsent(name, n -> new ArrayList<>());
    synchronized (changes) {
      size.update(List.of(changes.size()));
    }
  }

  @Override
  public void initializeState(FunctionInitializationContext context) throws Exception {
    size =
        context.getOperatorStateStore().getListState(new ListStateDescriptor<>("size", Types.INT));
    List<Change> changes = RECORDS.computeIfAbsent(name, n -> new ArrayList<>());
    synchronized (changes) {
      if (!context.isRestored()) {
        // A job that fails before its first checkpoint begins again with nothing.
        changes.clear();
      } else {
        for (int saved : size.get()) {
          changes.subList(Math.min(saved, changes.size()), changes.size()).clear();
          RESTORED.put(name, changes.size());
        }
      }
    }
  }
}
