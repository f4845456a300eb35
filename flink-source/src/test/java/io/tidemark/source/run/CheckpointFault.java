package io.tidemark.source.run;

import io.tidemark.postgres.change.Change;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.base.TypeSerializerSingleton;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;

/**
 * Passes changes on, and has checkpoints fail when told, as they do on storage that is gone or
 * slow: while the state is written, which is not on the task's thread. The job goes on.
 */
public final class CheckpointFault extends RichMapFunction<Change, Change>
    implements CheckpointedFunction, CheckpointListener {
  private static final long serialVersionUID = 1L;
  private static final Map<String, Control> CONTROLS = new ConcurrentHashMap<>();

  /** What happens to checkpoints. */
  public enum Kind {
    NONE,
    FAILS,
    /** Until it times out. */
    STANDS_STILL
  }

  /** In the hands of the test. */
  public static final class Control {
    private volatile Kind kind = Kind.NONE;
    private volatile boolean crash;
    private final AtomicInteger completed = new AtomicInteger();
    private final AtomicInteger failed = new AtomicInteger();

    private Control() {}

    /** Does that to all checkpoints from now on. */
    public synchronized void set(Kind next) {
      kind = next;
      notifyAll();
    }

    /** Fails the job at the next change. */
    public void crash() {
      crash = true;
    }

    public boolean hasCrashed() {
      return !crash;
    }

    public int completed() {
      return completed.get();
    }

    /** How many checkpoints the task was told of that they failed or timed out. */
    public int failed() {
      return failed.get();
    }

    private synchronized void write() throws IOException {
      if (kind == Kind.FAILS) {
        throw new IOException("the failing checkpoint that the test asked for");
      }
      while (kind == Kind.STANDS_STILL) {
        try {
          wait();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new IOException("the checkpoint was given up", e);
        }
      }
    }
  }

  private final String name;
  private transient ListState<String> state;

  /** The name is that of its {@link #control}. */
  public CheckpointFault(String name) {
    this.name = name;
  }

  public static Control control(String name) {
    return CONTROLS.computeIfAbsent(name, n -> new Control());
  }

  @Override
  public Change map(Change change) {
    Control control = control(name);
    if (control.crash) {
      control.crash = false;
      throw new IllegalStateException("the failure that the test asked for");
    }
    return change;
  }

  @Override
  public void snapshotState(FunctionSnapshotContext context) throws Exception {
    state.update(List.of(name));
  }

  @Override
  public void initializeState(FunctionInitializationContext context) throws Exception {
    state =
        context
            .getOperatorStateStore()
            .getListState(new ListStateDescriptor<>("name", new NameSerializer()));
  }

  @Override
  public void notifyCheckpointComplete(long checkpoint) {
    control(name).completed.incrementAndGet();
  }

  @Override
  public void notifyCheckpointAborted(long checkpoint) {
    control(name).failed.incrementAndGet();
  }

  /** Writes a name once its control lets it. */
  public static final class NameSerializer extends TypeSerializerSingleton<String> {
    private static final long serialVersionUID = 1L;

    @Override
    public boolean isImmutableType() {
      return true;
    }

    @Override
    public String createInstance() {
      return "";
    }

    @Override
    public String copy(String from) {
      return from;
    }

    @Override
    public String copy(String from, String reuse) {
      return from;
    }

    @Override
    public int getLength() {
      return -1;
    }

    @Override
    public void serialize(String name, DataOutputView target) throws IOException {
      control(name).write();
      target.writeUTF(name);
    }

    @Override
    public String deserialize(DataInputView source) throws IOException {
      return source.readUTF();
    }

    @Override
    public String deserialize(String reuse, DataInputView source) throws IOException {
      return source.readUTF();
    }

    @Override
    public void copy(DataInputView source, DataOutputView target) throws IOException {
      target.writeUTF(source.readUTF());
    }

    @Override
    public TypeSerializerSnapshot<String> snapshotConfiguration() {
      return new Snapshot();
    }
  }

  /** Of {@link NameSerializer}. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<String> {
    public Snapshot() {
      super(NameSerializer::new);
    }
  }
}
