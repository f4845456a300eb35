package io.tidemark.source.run;

import io.tidemark.postgres.change.Change;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.CheckpointListener;

/**
 * Fails the job once: at the first change after so many, of which a completed checkpoint holds at
 * least one fewer.
 */
public final class FailOnce extends RichMapFunction<Change, Change> implements CheckpointListener {
  private static final long serialVersionUID = 1L;
  private static final Map<String, Boolean> FAILED = new ConcurrentHashMap<>();

  private final String name;
  private final int after;
  private transient int seen;
  private transient boolean checkpointed;

  /**
   * @param name of this failure, unlike any other
   * @param after how many changes to let through at least
   */
  public FailOnce(String name, int after) {
    this.name = name;
    this.after = after;
  }

  public static boolean hasFailed(String name) {
    return FAILED.containsKey(name);
  }

  @Override
  public Change map(Change change) {
    seen++;
    if (seen > after && checkpointed && FAILED.putIfAbsent(name, true) == null) {
      throw new IllegalStateException("the failure that the test asked for");
    }
    return change;
  }

  @Override
  public void notifyCheckpointComplete(long checkpoint) {
    checkpointed = seen > after / 2;
  }
}
