package io.tidemark.source.run;

import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.Op;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.testkit.Await;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.CheckpointListener;

/**
 * Holds the job up when so many rows have come, until it is let go for good: what runs in the same
 * task waits with it, and what runs elsewhere as soon as the network's buffers are full. So a dump,
 * or the stream, stands at a known place while the test does something to it.
 */
public final class Hold extends RichMapFunction<Change, Change> implements CheckpointListener {
  private static final long serialVersionUID = 1L;
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final Set<String> HOLDING = ConcurrentHashMap.newKeySet();
  private static final Set<String> RELEASED = ConcurrentHashMap.newKeySet();

  private final String name;
  private final Op op;
  private final int after;
  private final boolean afterCheckpoint;
  private transient int seen;
  private transient boolean checkpointed;

  private Hold(String name, Op op, int after, boolean afterCheckpoint) {
    this.name = name;
    this.op = op;
    this.after = after;
    this.afterCheckpoint = afterCheckpoint;
  }

  /**
   * Holds up after so many rows of that kind.
   *
   * @param name of this one, unlike any other
   */
  public static Hold after(String name, Op op, int rows) {
    return new Hold(name, op, rows, false);
  }

  /**
   * Like {@link #after}, but not before a completed checkpoint holds about half of them; until then
   * rows pass slowly, so that one can complete between two of them.
   */
  public static Hold afterCheckpoint(String name, Op op, int rows) {
    return new Hold(name, op, rows, true);
  }

  public static boolean isHolding(String name) {
    return HOLDING.contains(name);
  }

  public static void release(String name) {
    RELEASED.add(name);
  }

  @Override
  public Change map(Change change) {
    if (change instanceof RowChange row && row.op() == op) {
      seen++;
    }
    if (afterCheckpoint && !checkpointed && seen > after / 2) {
      LockSupport.parkNanos(1_000_000);
    }
    if (seen > after && (checkpointed || !afterCheckpoint) && !RELEASED.contains(name)) {
      HOLDING.add(name);
      Await.until(name + " to be let go", PATIENCE, () -> RELEASED.contains(name));
    }
    return change;
  }

  @Override
  public void notifyCheckpointComplete(long checkpoint) {
    checkpointed |= seen > after / 2;
  }
}
